"""Names of types, modules and functions without what compilers and runtimes put into them.

A lambda, a closure, a proxy or a template has no name that a person wrote: the compiler numbers it, the runtime adds an address or a hash,
and both change with the next build or start. Such parts are left out here; what a person wrote stays.

Some forms are so peculiar that no person writes them (``$$Lambda$14/0x7f``, ``<PayAsync>d__12``): they are left out on every platform, also on an
unknown one. Others mean something else elsewhere, so they are left out only where the platform is known to make them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from core.rules.grouping.signatures import without_signature

MAX_NAME_CHARS = 1_024
MAX_CACHED_CHARS = 256
CACHED_TEXTS = 4_096
"""The same names and paths come with every event of an issue. Long ones are not kept, so that nobody fills the memory with them."""

Rules = tuple[tuple[str, re.Pattern[str], str], ...]
"""A text that stands in every match, for it is found much faster; a pattern; what takes the place of its matches. Applied in this order."""

BROWSER, NODE, JVM, DOTNET, NATIVE = "browser", "node", "jvm", "dotnet", "native"

_FAMILIES = {
    **dict.fromkeys(("javascript", "react", "electron", "capacitor", "cordova"), BROWSER),
    **dict.fromkeys(("node", "bun", "deno"), NODE),
    **dict.fromkeys(("java", "kotlin", "scala", "groovy", "clojure", "android"), JVM),
    **dict.fromkeys(("csharp", "fsharp", "vb", "dotnet", "unity"), DOTNET),
    **dict.fromkeys(("native", "c", "cpp", "rust", "cocoa", "objc", "swift", "apple", "minidump", "unreal"), NATIVE),
    **dict.fromkeys(("elixir", "erlang"), "beam"),
    **dict.fromkeys(("dart", "flutter"), "dart"),
    **{name: name for name in ("python", "ruby", "php", "go", "perl")},
}

_EVERYWHERE: Rules = (
    # The JVM: lambdas, accessors of reflection, proxies.
    ("$$Lambda", re.compile(r"\$\$Lambda(?:\$\d++)?(?:/(?:0x)?[0-9a-fA-F]++)?"), "$$Lambda"),
    ("Accessor", re.compile(r"(Generated(?:Method|Constructor|SerializationConstructor)Accessor)\d++"), r"\1"),
    ("$Proxy", re.compile(r"(?:(?:com\.sun|jdk)\.proxy\d*+\.)?\$Proxy\d++"), "$Proxy"),
    ("By", re.compile(r"\$\$(?:Enhancer|FastClass|KeyFactory|BulkBean)By[A-Za-z]++\$\$[0-9a-fA-F]++(?:_\d++)?"), "$$Proxy"),
    ("$$Spring", re.compile(r"\$\$SpringCGLIB\$\$(?:FastClass\$\$)?\d++"), "$$Proxy"),
    ("_$$_", re.compile(r"_\$\$_(?:javassist|jvst)\w*+"), "$$Proxy"),
    ("$", re.compile(r"\$(?:Hibernate[A-Z][A-Za-z]++|ByteBuddy|MockitoMock|auxiliary)\$\w++"), "$$Proxy"),
    ("$lambda", re.compile(r"\$lambda[-$]\d++"), "$lambda"),
    ("__", re.compile(r"(?<![A-Za-z0-9])(fn|reify|eval|iter|G)__\d++"), r"\1"),
    ("--", re.compile(r"(?<![A-Za-z0-9])(fn|reify|eval|iter|G)--\d++"), r"\1"),
    ("_closure", re.compile(r"(_closure)\d++"), r"\1"),
    # PHP: closures and anonymous classes with the place where they stand.
    ("{closure:", re.compile(r"\{closure:(?:[A-Za-z]:)?[/\\](?:[^/\\{}]*+[/\\])*+"), "{closure:"),
    ("}", re.compile(r"(?<=[\w)}]):\d++\}"), "}"),
    ("@anonymous", re.compile(r"@anonymous(?:(?!::)[^\n])*+"), "@anonymous"),
    # Ruby: compiled templates with the hash of their class and an object id.
    ("__", re.compile(r"(?<=\w)_{2,3}\d{5,}_\d++"), ""),
    # .NET and Unity: state machines, lambdas, local functions, captured variables, anonymous types, hashes of methods.
    ("__", re.compile(r"(?:(?<=>)|(?<=U3E))([dbmon])__\d++(?:_\d++)*+"), r"\1"),
    ("__", re.compile(r"(?:(?<=>)|(?<=U3E))(c__[A-Za-z]++|f__Anonymous[A-Za-z]++)\d++(?:_\d++)*+"), r"\1"),
    ("g__", re.compile(r"(?<=>)(g__[^|>\n]*+)\|\d++(?:_\d++)*+"), r"\1"),
    ("_", re.compile(r"_[mt][0-9A-F]{40}(?:_(?:[gf]shared|inline))*+(?![0-9A-Za-z])"), ""),
    # Rust: the hash of a symbol or a crate, numbered closures; C++ numbers its lambdas the same way.
    ("::h", re.compile(r"::h[0-9a-f]{16}(?![0-9A-Za-z])"), ""),
    ("17h", re.compile(r"(?<=17h)[0-9a-f]{16}(?=E)"), ""),
    ("]::", re.compile(r"\[[0-9a-f]{8,16}\](?=::)"), ""),
    ("#", re.compile(r"#\d++\}"), "}"),
    # Perl and Lua: the place of an anonymous function.
    ("__ANON__[", re.compile(r"__ANON__\[[^\[\]\n]*+\]"), "__ANON__"),
    ("(eval ", re.compile(r"\(eval \d++\)"), "(eval)"),
    (">", re.compile(r"<([^<>:\n]*+):\d++>"), r"<\1>"),
    # Erlang and Elixir: numbered functions and comprehensions.
    ("-", re.compile(r"(?<=[\w/])-(fun|lc|blc|inlined|anonymous)(?:\$\^\d++/\d++)?-\d++-"), r"-\1-"),
    # Dart's compiler for the web renames types.
    ("minified:", re.compile(r"\bminified:\w{1,4}\b"), "minified"),
    # What many write: numbered parts behind a dollar sign, ids of objects, addresses.
    ("$", re.compile(r"(?<=\$)\d++(?![A-Za-z0-9])"), ""),
    ("@", re.compile(r"(?<=\w)@(?=[a-f]*\d)[0-9a-f]{5,16}(?![0-9A-Za-z])"), ""),
    ("0x", re.compile(r"(?:[/@]|\s?\+\s?)?0x[0-9a-fA-F]++"), ""),
)

_RULES: dict[str, Rules] = {
    JVM: (
        ("/", re.compile(r"^(?:app//|(?:java|jdk)\.[\w.]++(?:@[\w.+-]++)?/)"), ""),
        ("reflect.", re.compile(r"^(?:sun|jdk\.internal)\.reflect\."), "reflect."),
        ("/", re.compile(r"/(?:0x)?[0-9a-fA-F]{5,}+(?!\w)"), ""),
        ("$", re.compile(r"\$[\w-]{27}(?![\w-])"), ""),  # Android's desugared lambdas: a hash in Base64
        ("Synthetic", re.compile(r"(\$\$(?:External|Internal)Synthetic[A-Za-z]++)\d++"), r"\1"),
        ("$", re.compile(r"(?<=\$)\d++"), ""),
        ("__", re.compile(r"(?<=[A-Za-z])__\d++"), ""),
        ("--", re.compile(r"(?<=[A-Za-z])--\d++"), ""),
        ("eval", re.compile(r"(?<=[$/])eval\d++"), "eval"),
        ("LambdaForm$", re.compile(r"(LambdaForm\$[A-Z]++)\d++"), r"\1"),
        ("cript", re.compile(r"(?<![\w$])(Script|script(?=_?\d{6}))_?(?:\d++|[0-9a-f]{32,})(?!\w)"), r"\1"),
        ("", re.compile(r"(_lambda|AjcClosure|_aroundBody|\$\$\$view|CodegenStage|\$line|2ecf[cm])\d++"), r"\1"),
        ("$", re.compile(r"\$[A-Za-z]\w*+(?:(?<=_debug)|(?<=_release))$"), ""),  # Kotlin's internal names carry the build variant
    ),
    DOTNET: (
        ("`", re.compile(r"`\d++"), ""),
        (" (", re.compile(r"\s\([^()\n]*+\)$"), ""),
        ("@", re.compile(r"(?<=\w)@\d++(?:-\d++)*+"), "@"),
        ("$_", re.compile(r"(_Lambda\$__|_Closure\$__)\d++(?:[-_]\d++)*+"), r"\1"),
        ("VB$", re.compile(r"(VB\$StateMachine_)\d++"), r"\1"),
        ("lambda_method", re.compile(r"\b(lambda_method)\d++"), r"\1"),
        ("_", re.compile(r"(?<=Proxy)_\d++(?!\w)|_[0-9A-F]{64}(?![0-9A-Za-z])|(?<=App_Web_)[a-z0-9]{8}(?!\w)"), ""),
    ),
    NATIVE: (
        ("[", re.compile(r"^__\d++(?=[-+]\[)"), ""),  # Objective-C's blocks begin with the length of their function's name
        ("_block_invoke", re.compile(r"(_block_invoke)(?:[_.]\d++)++"), r"\1"),
        ("[", re.compile(r"\s\[clone [^\[\]\n]*+\]|\[abi:\w++\]"), ""),
        ("(.", re.compile(r"\s\(\.[\w.]++\)"), ""),
        ("+", re.compile(r"\s\+\s(?:0x)?[0-9a-fA-F]++$"), ""),
        (".", re.compile(r"\.(?:cold|isra|constprop|part|llvm|lto_priv)\.\d++(?!\w)"), ""),
        (".", re.compile(r"^([^.\n]++)\.(?:cold|localalias)$"), r"\1"),
        ("anonymous", re.compile(r"[({`]anonymous(?: namespace)?[)}']|anonymous-namespace'"), "anonymous"),
        ("?A0x", re.compile(r"\?A0x[0-9a-f]{8}"), "anonymous"),
        ("lambda", re.compile(r"<?lambda_[0-9a-f]{8,}>?|'lambda\d*+'"), "lambda"),
        ("$_", re.compile(r"(?<=\$_)\d++"), ""),
        ("@", re.compile(r"@@?(?:plt|[A-Z]++_[\d.]++)$|^@(?=\w++@\d)|(?<=\w)@\d{1,3}$"), ""),  # Windows adds the size of the parameters
        ("std::__", re.compile(r"\bstd::__(?:1|cxx11|ndk1)::"), "std::"),
        # Swift: what the optimizer made out of a function counts as that function.
        (" ", re.compile(r"^(?:(?:partial apply (?:forwarder )?for|specialized|merged|@objc|@nonobjc) )++"), ""),
        (" resume ", re.compile(r"^\(\d++\) (?:await|suspend) resume partial function for "), ""),
        (" specialization ", re.compile(r"^(?:generic|function signature) specialization <(?:(?!> of )[^\n])*+> of "), ""),
        ("closure #", re.compile(r"\bclosure #\d++(?:(?! in )[^#\n])*+ in "), "closure in "),
        (" in _", re.compile(r" in _[0-9A-F]{32}(?=\))"), ""),
        ("T", re.compile(r"(?<=\w)T[QY]\d*+_$"), ""),
    ),
    "python": (
        ("<cell", re.compile(r"<cell line: \d++>"), "<module>"),
        ("<", re.compile(r"(<ipython-input|<decorator-gen|<command)-[\w-]++>"), r"\1>"),
        ("<eval", re.compile(r"(?<=<eval_with_key>)\.\d++"), ""),
        ("ipykernel", re.compile(r"(?<=ipykernel)_\d++(?:[./]\d++)?"), ""),
    ),
    "ruby": (
        (" levels)", re.compile(r"\bblock \(\d++ levels\) in "), "block in "),
        ("", re.compile(r"(?<![\w:])[A-Z][\w:]*+[#.](?=[a-z_<\[+*/%!=~-])"), ""),  # since Ruby 3.4 with the class
        ("__", re.compile(r"(?<=_)_\d++(?=__)|(?<=__tilt)_\d++"), ""),
    ),
    "php": (
        ("__CG__", re.compile(r"^\\?Proxies\\__CG__\\"), ""),
        ("Container", re.compile(r"\bContainer[A-Za-z0-9]{7}\\"), r"Container\\"),
        ("", re.compile(r"(?<=[a-z])(Ghost|Proxy)_?(?=[a-f]*\d)[0-9a-f]{7}(?!\w)"), r"\1"),
        ("content_", re.compile(r"\bcontent_[0-9a-f]{10,}_\d++(?!\w)"), "content"),
        ("\0lambda_", re.compile(r"\x00lambda_\d++"), "lambda"),
    ),
    "go": (
        ("%2", re.compile(r"%2[eE]"), "."),
        ("/vendor/", re.compile(r"^\S*/vendor/"), ""),
        (".", re.compile(r"\.(?:gowrap|deferwrap)?\d++(?!\w)"), ""),
        (".func", re.compile(r"\.func\d++"), ".func"),
        (".func", re.compile(r"(?<!\.func)(?:\.func)++(?!\w)"), ".func"),
        ("-range", re.compile(r"(-range)\d++"), r"\1"),
    ),
    "dart": (
        ("<", re.compile(r"(?:\.?<(?:anonymous closure|fn)>)++"), ".<fn>"),
        ("@", re.compile(r"(?<=\w)@\d{3,}"), ""),
    ),
    "beam": (
        ("$^", re.compile(r"\$\^\d++/\d++"), ""),
        ("-", re.compile(r"-\d++-(?!\w)"), "-"),
        ("elixir_compiler", re.compile(r"(elixir_compiler)_\d++"), r"\1"),
    ),
    "perl": (("Sandbox::", re.compile(r"(?<=Sandbox)::[0-9a-f]{32}(?![0-9a-f])"), ""),),
}

_ASIDE = re.compile(r" (?:\[as [^\[\]\n]*+\]|\([^()\n]*+\))$")
"""Chrome adds by which other name a method was called, and which promise of several it was."""
_HOW = re.compile(r"^(?:(?:async|new|get|set|static|bound) )++|^\?anon_\d++_")
_RECEIVER = re.compile(r"^(?:(?:Object|Function|Module|Proxy|Class|module\.exports|exports|this|self|window|globalThis|global|[A-Za-z_$]{1,2})\.)++")
_HELPER = re.compile(r"^(_callee|_loop)_?\d*+\$?$")
_SUFFIX = re.compile(r"(?<=[\w$])\$\d++$")
"""Rollup tells functions of one name in different modules apart by numbers."""
_NAMELESS = frozenset(
    (
        *("?", "??", "<anonymous>", "anonymous", "(anonymous)", "<anonymous function>", "(anonymous function)", "anonymous function"),
        *("Anonymous function", "<computed>", "<unknown>", "<global>", "global", "global code", "Global code", "module code"),
        *("eval", "eval code", "null", "undefined"),
    )
)
"""What engines say where a function has no name."""


def family_of(platform: str) -> str:
    """Return the family of platforms with the same generated names; empty for an unknown platform.

    ``javascript-react`` is of the family of ``javascript``.
    """
    return _FAMILIES.get(platform.lower().partition("-")[0], "")


def lasting_name(name: str, platform: str) -> str:
    """Return the name of a module or function without what differs from one build, start, browser or runtime to the next.

    Empty for a function without a name (``<anonymous>``, ``global code``). At most 1,024 characters are read.
    """
    return _lasting(name[:MAX_NAME_CHARS], family_of(platform))


def lasting_type(name: str, platform: str) -> str:
    """Return the name of an exception's type, like `lasting_name`; a dot in a type of JavaScript was written by a person and stays."""
    family = family_of(platform)
    return _lasting(name[:MAX_NAME_CHARS], "" if family in (BROWSER, NODE) else family)


def _lasting(name: str, family: str) -> str:
    return (_cached if len(name) <= MAX_CACHED_CHARS else _computed)(name, family)


def _computed(name: str, family: str) -> str:
    if family in (BROWSER, NODE):
        name = _script_function(name, family)
    name = _applied(_EVERYWHERE, name)
    name = _applied(_RULES.get(family, ()), name)
    return without_signature(name, family) if family in (DOTNET, "go", NATIVE) else name


_cached = lru_cache(CACHED_TEXTS)(_computed)


def _applied(rules: Rules, name: str) -> str:
    for text, pattern, replacement in rules:
        if text in name:
            name = pattern.sub(replacement, name)
    return name


def _script_function(name: str, family: str) -> str:
    """Return a function's name as all engines can give it: Firefox has ``async*pay/<``, Chrome ``async Cart.pay [as run]``, Safari ``pay``.

    Only V8 knows the object that a method was called on. Node is V8 everywhere, so a class stays there.
    """
    name = _ASIDE.sub("", name).rsplit("*", 1)[-1]
    if "./" in name:
        return ""  # webpack calls the function that holds a module by the module's path
    name = _HOW.sub("", name.rsplit("/", 1)[-1].rstrip("<"))
    method = name.rsplit(".", 1)[-1]
    if method in _NAMELESS or name in _NAMELESS:
        return ""
    name = _HOW.sub("", method) if family == BROWSER else _RECEIVER.sub("", name.replace(".prototype.", "."))
    return _SUFFIX.sub("", _HELPER.sub(r"\1", name))
