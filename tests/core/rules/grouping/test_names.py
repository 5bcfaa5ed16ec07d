"""Which names of types, modules and functions are the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.grouping.names import family_of, lasting_name, lasting_type

_RUST_TRAIT = "<shop::Cart<u32> as core::ops::Fn<(A, B)>>::call"
_IL2CPP = "0123456789ABCDEF0123456789ABCDEF01234567"
_D8 = "NQkfKS3mB0-5QDXnIdPaJIqzv0o"

SAME: list[tuple[str, tuple[str, ...]]] = [
    ("java", ("java.lang.invoke.LambdaForm$MH000/0x7f01", "java.lang.invoke.LambdaForm$MH001/0x7f02")),
    ("csharp", ("<>n__0", "<>n__1")),
    ("java", ("sun.reflect.GeneratedMethodAccessor72", "sun.reflect.GeneratedMethodAccessor2408", "jdk.internal.reflect.GeneratedMethodAccessor1")),
    ("java", ("sun.reflect.GeneratedConstructorAccessor9", "jdk.internal.reflect.GeneratedConstructorAccessor12")),
    ("java", ("com.sun.proxy.$Proxy15555", "com.sun.proxy.$Proxy42", "jdk.proxy2.$Proxy35")),
    ("java", ("com.acme.$Proxy1", "com.acme.$Proxy2")),
    ("java", ("com.acme.Foo$$Lambda$14/1234567", "com.acme.Foo$$Lambda$9/7654321", "com.acme.Foo$$Lambda/0x00007f1c2b000400")),
    ("java", ("com.acme.Foo$$Lambda$3/0000000022A31F70", "com.acme.Foo$$Lambda$14/1234567")),
    ("java", ("lambda$total$0", "lambda$total$3")),
    ("java", ("java.lang.invoke.LambdaForm$MH/0x0000000800c03000", "java.lang.invoke.LambdaForm$MH/1234567")),
    ("java", ("com.acme.Cart$1", "com.acme.Cart$2")),
    ("java", ("access$000", "access$100")),
    ("java", ("com.acme.Cart_$$_javassist_12", "com.acme.Cart_$$_jvst3a1_5")),
    ("java", ("com.acme.Cart$$EnhancerBySpringCGLIB$$fddd812d", "com.acme.Cart$$EnhancerByCGLIB$$1ab2c3d", "com.acme.Cart$$SpringCGLIB$$0")),
    ("java", ("com.acme.Cart$$FastClassBySpringCGLIB$$552be97a", "com.acme.Cart$$FastClassBySpringCGLIB$$1")),
    ("java", ("com.acme.Cart$$EnhancerByGuice$$87654321", "com.acme.Cart$$EnhancerByGuice$$12345678")),
    ("java", ("com.acme.Cart$HibernateProxy$aBcDeFgH", "com.acme.Cart$HibernateProxy$x1y2z3w4")),
    ("java", ("com.acme.Cart$ByteBuddy$aBcDeFgH", "com.acme.Cart$ByteBuddy$x1y2z3w4")),
    ("java", ("com.acme.Cart$MockitoMock$1234567", "com.acme.Cart$MockitoMock$7654321")),
    ("java", ("java.base/java.lang.Thread", "java.base@17.0.1/java.lang.Thread", "java.lang.Thread")),
    ("java", ("app//com.acme.Cart", "com.acme.Cart")),
    ("java", (f"com.acme.Cart.$r8$lambda${_D8}", "com.acme.Cart.$r8$lambda$" + _D8[::-1])),
    ("java", (f"-$$Lambda$MainActivity${_D8}", "-$$Lambda$MainActivity$" + _D8[::-1])),
    ("java", ("Cart$$ExternalSyntheticLambda0", "Cart$$ExternalSyntheticLambda12")),
    ("java", ("CartPlan$GeneratedIteratorForCodegenStage3", "CartPlan$GeneratedIteratorForCodegenStage12")),
    ("java", ("pay_aroundBody0", "pay_aroundBody2")),
    ("java", ("cfcart2ecfc1234567$funcPAY", "cfcart2ecfc7654321$funcPAY")),
    ("kotlin", ("pay$lambda-0", "pay$lambda$1", "pay$lambda")),
    ("kotlin", ("MainActivity$onCreate$1", "MainActivity$onCreate$2")),
    ("kotlin", ("getTotal$app_debug", "getTotal$app_release")),
    ("scala", ("$anonfun$total$1", "$anonfun$total$12")),
    ("scala", ("Cart$$anonfun$pay$1", "Cart$$anonfun$pay$2")),
    ("scala", ("Cart$$anon$1", "Cart$$anon$3")),
    ("groovy", ("Cart$_pay_closure1", "Cart$_pay_closure12")),
    ("groovy", ("Script1", "Script27")),
    ("groovy", ("script16023456781234123", "script16023459999999999")),
    ("clojure", ("shop.core$handler$fn__123", "shop.core$handler$fn__4567")),
    ("clojure", ("user$eval1234", "user$eval99")),
    ("clojure", ("shop.core$cart$reify__12", "shop.core$cart$reify__888")),
    ("clojure", ("shop.core/handler/fn--12", "shop.core/handler/fn--99")),
    ("php", ("{closure:App\\Kernel::handle():42}", "{closure:App\\Kernel::handle():57}")),
    ("php", ("{closure:/var/www/releases/41/routes/web.php:16}", "{closure:/srv/routes/web.php:20}", "{closure:C:\\shop\\routes\\web.php:3}")),
    ("php", ("{closure:{closure:/srv/routes/web.php:8}:9}", "{closure:{closure:/srv/routes/web.php:11}:12}")),
    ("php", ("class@anonymous\0/srv/a.php:12$0::pay", "class@anonymous\0/app/a.php:14$1f::pay")),
    ("php", ("App\\Cart@anonymous\0/srv/a.php:12$0", "App\\Cart@anonymous\0C:\\shop\\a.php:9$0")),
    ("php", ("Proxies\\__CG__\\App\\Entity\\User", "App\\Entity\\User")),
    ("php", ("ContainerAbC1234\\getCartService", "ContainerZ9y8X7w\\getCartService")),
    ("php", ("CartGhost1a2b3c4", "CartGhost7654321")),
    ("php", ("content_5f1c3a2b4d5e67_12345678", "content_6a1c3a2b4d5e99_87654321")),
    ("ruby", ("_app_views_users_show_html_erb__2893749238472_70212", "_app_views_users_show_html_erb___112983749_70338")),
    ("ruby", ("block in _app_views_cart_jbuilder__289374923_70212", "block in _app_views_cart_jbuilder__11298_7033")),
    ("ruby", ("_app_views_cart_html_haml__289374923_70212", "_app_views_cart_html_haml__11298_7033")),
    ("ruby", ("block in pay", "block (2 levels) in pay", "block in Shop::Cart#pay", "block (3 levels) in Shop::Cart#pay")),
    ("ruby", ("Shop::Cart#pay", "pay", "Shop::Cart.pay")),
    ("ruby", ("__tilt_70123456789", "__tilt_80123456789")),
    ("ruby", ("_run__2398__process_action__234__callbacks", "_run__17__process_action__9__callbacks")),
    ("ruby", ("#<Class:0x00007f1a2b>", "#<Class:0x00007fffff>")),
    ("csharp", ("Shop.Cart+<PayAsync>d__12", "Shop.Cart+<PayAsync>d__13")),
    ("csharp", ("<Pay>b__12_3", "<Pay>b__9_0", "<Pay>b__0")),
    ("csharp", ("Shop.Cart+<>c__DisplayClass12_0", "Shop.Cart+<>c__DisplayClass3_1")),
    ("csharp", ("<Pay>g__Total|12_3", "<Pay>g__Total|9_0")),
    ("csharp", ("<>f__AnonymousType12`2", "<>f__AnonymousType3`2")),
    ("csharp", ("System.Collections.Generic.List`1[[System.String, mscorlib, Version=4.0.0.0]]", "System.Collections.Generic.List`1")),
    ("csharp", ("Send[T]", "Send[System.Int32]", "Send")),
    ("csharp", ("Shop.Cart.Send[T] (Shop.Order order)", "Shop.Cart.Send (System.Object order)", "Shop.Cart.Send")),
    ("csharp", ("lambda_method12", "lambda_method345")),
    ("csharp", ("Castle.Proxies.CartProxy_1", "Castle.Proxies.CartProxy_12")),
    ("csharp", ("<Pay>c__Iterator0", "<Pay>c__Iterator3")),
    ("fsharp", ("total@12-1", "total@15", "total@99-3")),
    ("vb", ("_Lambda$__12-3", "_Lambda$__4-1")),
    ("unity", (f"U3CPayU3Ed__12_MoveNext_m{_IL2CPP}", "U3CPayU3Ed__4_MoveNext_m" + _IL2CPP[::-1])),
    ("unity", (f"Cart_Pay_m{_IL2CPP}_gshared", f"Cart_Pay_m{_IL2CPP[::-1]}", "Cart_Pay")),
    ("rust", ("shop::pay::h1a2b3c4d5e6f7a8b", "shop::pay::hffffc4d5e6f7a8b0", "shop::pay")),
    ("rust", ("shop[1a2b3c4d5e6f7a8b]::pay", "shop[0000000000000001]::pay")),
    ("rust", ("shop::pay::{{closure}}::h1a2b3c4d5e6f7a8b", "shop::pay::{{closure}}::h0000000000000001")),
    ("rust", ("shop::pay::{closure#0}", "shop::pay::{closure#3}")),
    ("rust", ("_ZN4shop3pay17h1a2b3c4d5e6f7a8bE", "_ZN4shop3pay17h0000000000000001E")),
    ("rust", (_RUST_TRAIT, "<shop::Cart<u64> as core::ops::Fn<A>>::call")),
    ("rust", ("core::option::Option<u8>::unwrap", "core::option::Option<T>::unwrap")),
    ("native", ("void shop::Cart<int, std::pair<a, b>>::pay<x>(int, char const*) const", "shop::Cart<float>::pay(long)", "shop::Cart::pay")),
    ("native", ("std::__1::vector<int>::at(unsigned long)", "std::__cxx11::vector<long>::at(unsigned int)", "std::vector::at")),
    ("native", ("(anonymous namespace)::pay(int)", "`anonymous namespace'::pay", "{anonymous}::pay(long)")),
    ("native", ("pay(int)::{lambda(int)#1}::operator()(int) const", "pay(int)::{lambda(long)#2}::operator()(long) const")),
    ("native", ("pay()::$_0::operator()() const", "pay()::$_7::operator()() const")),
    ("native", ("pay", "pay.cold", "pay.isra.0.cold.1", "pay.constprop.3", "pay (.cold.1)", "pay [clone .part.2]", "pay.llvm.1234567890")),
    ("native", ("pay + 24", "pay + 0x48", "pay(int)")),
    ("native", ("public: void __thiscall Cart::pay(int)", "Cart::pay")),
    ("native", ("<lambda_0123456789abcdef0123456789abcdef>::operator()", "<lambda_abcdef0123456789abcdef0123456789>::operator()")),
    ("native", ("_pay@16", "@_pay@16", "_pay")),
    ("native", ("static unsigned int pay (uint32_t,uint32_t) const", "pay")),
    ("native", ("std::ostream& std::operator<< <std::char_traits<char> >(std::ostream&, char)", "std::operator<<(int)")),
    ("native", ("lambda_7156c3ceaa11256748687ab67e3ef4cd", "<lambda_0123456789abcdef0123456789abcdef>")),
    ("native", (f"Cart_Pay_m{_IL2CPP}(int, MethodInfo const*)", f"Cart_Pay_m{_IL2CPP[::-1]}")),
    ("cocoa", ("__42-[Cart pay:]_block_invoke_2", "__42-[Cart pay:]_block_invoke", "-[Cart pay:]_block_invoke.17")),
    (
        "cocoa",
        ("closure #1 (Swift.Int) -> () in Shop.Cart.pay()", "closure #2 in Shop.Cart.pay()", "partial apply for closure #1 in Shop.Cart.pay()"),
    ),
    ("swift", ("specialized Cart.pay(for:)", "Cart.pay(for:)", "@objc Cart.pay(for:)", "generic specialization <Swift.Int> of Cart.pay(for:)")),
    ("swift", ("(1) await resume partial function for Cart.pay()", "(3) suspend resume partial function for Cart.pay()")),
    ("swift", ("Shop.(Cart in _0123456789ABCDEF0123456789ABCDEF).pay()", "Shop.(Cart in _FEDCBA98765432100123456789ABCDEF).pay()")),
    ("go", ("(*Cart).Pay.func1", "(*Cart).Pay.func2", "(*Cart).Pay.func1.2", "(*Cart).Pay.func3.func1")),
    ("go", ("Pay[...]", "Pay[go.shape.int]", "Pay")),
    ("go", ("(*Cart[go.shape.map[string]int]).Pay", "(*Cart[...]).Pay")),
    ("go", ("init.0", "init.3")),
    ("go", ("Pay.gowrap1", "Pay.deferwrap2")),
    ("go", ("Pay-range1", "Pay-range2")),
    ("go", ("gopkg%2ein/yaml.v3", "gopkg.in/yaml.v3", "shop/vendor/gopkg.in/yaml.v3")),
    ("javascript", ("foo", "Object.foo", "new foo", "async foo", "async*foo", "Cart.foo", "Cart.prototype.foo", "cart/foo", "exports.foo")),
    ("javascript", ("Cart.save [as onClick]", "save", "bar</Cart.prototype.save", "promise callback*save", "setTimeout handler*save", "save$1")),
    ("javascript", ("", "?", "<anonymous>", "Object.<anonymous>", "anonymous", "(anonymous)", "(anonymous function)", "Anonymous function")),
    ("javascript", ("", "global code", "Global code", "module code", "eval code", "eval", "foo/<", "Cart</<", "Cart.<computed> [as x]")),
    ("javascript", ("Module../src/cart.js", "Object../src/cart.js", "./src/cart.js", "")),
    ("javascript", ("async Promise.all (index 0)", "Promise.all (index 3)", "Promise.all")),
    ("javascript", ("_callee$", "_callee2$", "_callee")),
    ("javascript", ("?anon_0_onPress", "onPress")),
    ("javascript", ("get total", "total", "Cart.get total")),
    ("node", ("Object.foo", "exports.foo", "module.exports.foo", "foo", "async foo")),
    ("node", ("Cart.pay", "async Cart.pay", "Cart.prototype.pay", "Cart.pay [as then]")),
    ("node", ("Object.<anonymous>", "<anonymous>", "Cart.<anonymous>")),
    ("python", ("<ipython-input-12-1a2b3c4d>", "<ipython-input-13-ffffffff>")),
    ("python", ("<cell line: 1>", "<cell line: 12>", "<module>")),
    ("python", ("<eval_with_key>.12", "<eval_with_key>.3")),
    ("python", ("pay_0x7f01", "pay_0x7f02")),
    ("dart", ("_CartState@123456789.pay", "_CartState.pay")),
    ("flutter", ("Cart.pay.<anonymous closure>", "Cart.pay.<fn>", "Cart.pay.<anonymous closure>.<anonymous closure>")),
    ("dart", ("minified:aB", "minified:Xyz")),
    ("elixir", ("-pay/2-fun-0-", "-pay/2-fun-3-")),
    ("erlang", ("-pay/2-lc$^0/1-0-", "-pay/2-lc$^1/1-2-")),
    ("elixir", ("elixir_compiler_12.__FILE__/1", "elixir_compiler_3.__FILE__/1")),
    ("perl", ("Shop::__ANON__[/srv/shop.pl:12]", "Shop::__ANON__[/srv/shop.pl:99]", "Shop::__ANON__")),
    ("perl", ("(eval 12)", "(eval 345)")),
    ("lua", ("function <cart.lua:12>", "function <cart.lua:40>")),
    ("", ("com.acme.Foo$$Lambda$14/1234567", "com.acme.Foo$$Lambda/0x7f01")),
    ("other", ("shop::pay::h1a2b3c4d5e6f7a8b", "shop::pay")),
    ("", ("<PayAsync>d__12", "<PayAsync>d__1")),
    ("made-up", ("_app_views_cart_html_erb__2893749238472_70212", "_app_views_cart_html_erb__112983749823_1")),
]

DIFFERENT: list[tuple[str, str, str]] = [
    ("java", "com.acme.Cart$$Lambda$14/1", "com.acme.Order$$Lambda$14/1"),
    ("java", "lambda$total$0", "lambda$ship$0"),
    ("java", "com.acme.Proxy1", "com.acme.Proxy2"),
    ("java", "com.acme.Cart$SpringCGLIB", "com.acme.Cart"),
    ("java", "com.acme.user1", "com.acme.user2"),
    ("java", "com.acme.a$b1", "com.acme.a$b2"),
    ("java", "com.acme.v1.Cart", "com.acme.v2.Cart"),
    ("kotlin", "pay$lambda-0", "ship$lambda-0"),
    ("kotlin", "Main$onCreate$1", "Main$onStart$1"),
    ("scala", "$anonfun$total$1", "$anonfun$ship$1"),
    ("groovy", "ScriptRunner1", "ScriptRunner2"),
    ("groovy", "script1", "script2"),
    ("clojure", "shop.core$pay$fn__1", "shop.core$ship$fn__1"),
    ("php", "{closure:App\\Cart::pay():4}", "{closure:App\\Cart::ship():4}"),
    ("php", "{closure:/srv/web.php:4}", "{closure:/srv/api.php:4}"),
    ("php", "class@anonymous\0/srv/a.php:1$0::pay", "class@anonymous\0/srv/a.php:1$0::ship"),
    ("php", "content_1", "content_2"),
    ("php", "lambda_1", "lambda_2"),
    ("ruby", "import_20240101", "import_20240202"),
    ("csharp", "render_inline", "render"),
    ("swift", "Player.resume", "Player.cold"),
    ("swift", "Player.part", "Player.destroy"),
    ("php", "Container1\\pay", "Container2\\pay"),
    ("ruby", "_app_views_users_show_html_erb__289374_70212", "_app_views_users_edit_html_erb__289374_70212"),
    ("ruby", "block in pay", "pay"),
    ("ruby", "step_1", "step_2"),
    ("ruby", "Net::ReadTimeout", "Net::OpenTimeout"),
    ("csharp", "<PayAsync>d__12", "<ShipAsync>d__12"),
    ("csharp", "<Pay>b__1_0", "<Ship>b__1_0"),
    ("csharp", "<Pay>g__Total|1_0", "<Pay>g__Tax|1_0"),
    ("csharp", "Shop.Cart+<>c", "Shop.Order+<>c"),
    ("csharp", "Step_1", "Step_2"),
    ("unity", f"Cart_Pay_m{_IL2CPP}", f"Cart_Ship_m{_IL2CPP}"),
    ("rust", "shop::pay::h1a2b3c4d5e6f7a8b", "shop::ship::h1a2b3c4d5e6f7a8b"),
    ("rust", "<shop::Cart as shop::Pay>::run", "<shop::Order as shop::Pay>::run"),
    ("rust", "<shop::Cart as shop::Pay>::run", "<shop::Cart as shop::Ship>::run"),
    ("rust", "shop::pay", "shop::pay::{{closure}}"),
    ("native", "Cart::pay(int)", "Order::pay(int)"),
    ("native", "Cart::operator<(Cart const&)", "Cart::operator>(Cart const&)"),
    ("native", "Cart::operator()(int)", "Cart::operator[](int)"),
    ("native", "Cart::operator bool() const", "Cart::operator int() const"),
    ("native", "(anonymous namespace)::pay()", "shop::pay()"),
    ("cocoa", "-[Cart pay:]", "+[Cart pay:]"),
    ("cocoa", "-[Cart pay:]", "-[Cart pay:with:]"),
    ("swift", "Cart.pay(for:)", "Cart.pay(with:)"),
    ("swift", "closure #1 in Cart.pay()", "closure #1 in Cart.ship()"),
    ("go", "(*Cart).Pay.func1", "(*Cart).Ship.func1"),
    ("go", "(*Cart).Pay", "(*Order).Pay"),
    ("go", "Pay.func1", "Pay"),
    ("go", "gopkg.in/yaml.v2", "gopkg.in/yaml.v3"),
    ("javascript", "Cart.save", "Cart.load"),
    ("javascript", "foo/<", "foo"),
    ("javascript", "step1", "step2"),
    ("node", "Cart.pay", "Order.pay"),
    ("node", "user1.load", "user2.load"),
    ("python", "<lambda>", "<genexpr>"),
    ("python", "shop.user1", "shop.user2"),
    ("python", "Cart.pay.<locals>.retry", "Cart.ship.<locals>.retry"),
    ("dart", "Cart.pay.<fn>", "Cart.ship.<fn>"),
    ("elixir", "Shop.pay/2", "Shop.pay/3"),
    ("elixir", "-pay/2-fun-0-", "-ship/2-fun-0-"),
    ("perl", "Shop::__ANON__", "Order::__ANON__"),
    ("", "Object.foo", "foo"),
    ("", "user1", "user2"),
]

SAME_PAIRS = [(platform, *pair) for platform, names in SAME for pair in pairwise(names)]


@pytest.mark.parametrize(("platform", "one", "other"), SAME_PAIRS)
def test_these_names_are_the_same(platform: str, one: str, other: str) -> None:
    assert lasting_name(one, platform) == lasting_name(other, platform)


@pytest.mark.parametrize(("platform", "one", "other"), DIFFERENT)
def test_these_names_are_different(platform: str, one: str, other: str) -> None:
    assert lasting_name(one, platform) != lasting_name(other, platform)


@pytest.mark.parametrize(
    "platform", ["java", "php", "ruby", "csharp", "rust", "native", "cocoa", "go", "javascript", "node", "python", "dart", "elixir", "perl", ""]
)
@pytest.mark.parametrize("name", ["pay", "shop_cart", "Checkout", "total2", "x86", "utf8", "sha256", "__init__", "user1"])
def test_a_name_that_a_person_wrote_stays(platform: str, name: str) -> None:
    assert lasting_name(name, platform) == name


def test_only_what_needs_no_name_becomes_empty() -> None:
    pairs = [(platform, name) for platform, names in SAME for name in names if family_of(platform) not in ("browser", "node")]
    assert {pair for pair in pairs if not lasting_name(pair[1], pair[0])} == set()


def test_a_name_that_is_read_twice_stays_what_it_became() -> None:
    for platform, names in SAME:
        for name in names:
            once = lasting_name(name, platform)
            assert lasting_name(once, platform) == once


def test_a_type_of_javascript_keeps_its_dots_and_that_of_java_loses_its_numbers() -> None:
    assert lasting_type("Shop.PaymentError", "javascript") == "Shop.PaymentError"
    assert lasting_type("404", "node") == "404"
    assert lasting_type("com.acme.Cart$1", "java") == lasting_type("com.acme.Cart$2", "java")
    assert lasting_type("std::__1::system_error", "native") == "std::system_error"


@pytest.mark.parametrize(
    ("platform", "family"), [("javascript-react", "browser"), ("Node", "node"), ("android", "jvm"), ("python-django", "python"), ("cobol", "")]
)
def test_a_platform_belongs_to_a_family(platform: str, family: str) -> None:
    assert family_of(platform) == family


PIECES = st.sampled_from(
    [
        "$",
        "$$Lambda$",
        "/",
        "<",
        ">",
        "(",
        ")",
        "[",
        "]",
        "{closure:",
        "}",
        "__",
        "-",
        "0x1f",
        "#1",
        ".",
        "::",
        " as ",
        " in ",
        "a",
        "1",
        "\\",
        "@",
        "\n",
        "`",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["", *{platform for platform, _ in SAME}]))
def test_any_text_is_a_name(text: str, platform: str) -> None:
    assert len(lasting_name(text, platform)) <= 2 * len(text)
