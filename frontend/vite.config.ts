/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";

import { VantResolver } from "@vant/auto-import-resolver";
import vue from "@vitejs/plugin-vue";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import components from "unplugin-vue-components/vite";
import { defineConfig } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const BACKEND = process.env.SOUK_BACKEND ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/static/frontend/",
  resolve: {
    alias: [
      { find: "@", replacement: path("./src") },
      // The same player without what a muxed live stream does not need: subtitles, DRM, alternate audio.
      { find: /^hls\.js$/, replacement: "hls.js/light" },
    ],
  },
  define: {
    __VUE_I18N_FULL_INSTALL__: "true",
    __VUE_I18N_LEGACY_API__: "false",
    __INTLIFY_PROD_DEVTOOLS__: "false",
    __INTLIFY_DROP_MESSAGE_COMPILER__: "false",
  },
  plugins: [
    vue(),
    components({
      dirs: [],
      dts: false,
      resolvers: [VantResolver(), ElementPlusResolver({ importStyle: "css" })],
    }),
    withoutIconFont(),
    pages(),
  ],
  build: {
    outDir: "dist",
    // hls.js and the charts are large, and loaded only where they are used; `npm run size` watches the rest.
    chunkSizeWarningLimit: 700,
    manifest: true,
    target: "es2022",
    rollupOptions: {
      input: { shop: path("./shop.html"), studio: path("./studio.html") },
    },
  },
  // Vant's modules import their styles, which Node cannot.
  test: { server: { deps: { inline: ["vant"] } } },
  server: {
    proxy: {
      "/api": BACKEND,
      "/_allauth": BACKEND,
      "/media": BACKEND,
      "/sandbox": BACKEND,
      "/connection": { target: BACKEND, ws: true },
    },
  },
});

/** Vant's icon font comes from a server that is not ours; the icons are our own, and nothing else needs it. */
function withoutIconFont() {
  return {
    name: "souk-without-icon-font",
    enforce: "pre" as const,
    load: (id: string) => (/\/vant\/(es|lib)\/icon\/index\.css/.test(id) ? "" : undefined),
  };
}

/** Serves both entries at their real addresses while developing: /studio/… is the studio, everything else the shop. */
function pages() {
  return {
    name: "souk-pages",
    configureServer(server: import("vite").ViteDevServer) {
      server.middlewares.use((request, _response, next) => {
        const wantsPage = request.method === "GET" && request.headers.accept?.includes("text/html");
        const url = request.url ?? "/";
        const proxied = /^\/(api|_allauth|connection|media|sandbox)(\/|$)/.test(url);
        if (wantsPage && !proxied && !url.includes(".")) {
          request.url = `/static/frontend/${/^\/studio(\/|$)/.test(url) ? "studio" : "shop"}.html`;
        }
        next();
      });
    },
  };
}
