export default {build:{sourcemap:true,outDir:"out/vite",emptyOutDir:true,modulePreload:false,rollupOptions:{input:"src/main.ts"}}}
