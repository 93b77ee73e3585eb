import vue from "eslint-plugin-vue";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules", "**/*.generated.ts"] },
  ...ts.configs.strict,
  ...vue.configs["flat/recommended"],
  {
    files: ["**/*.vue"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "max-len": ["error", { code: 120, ignoreUrls: true, ignorePattern: "^\\s*(<path|d=)" }],
      "no-console": "error",
      "vue/no-v-html": "error",
      "vue/multi-word-component-names": "off",
      "vue/max-attributes-per-line": ["warn", { singleline: 6, multiline: 1 }],
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": ["warn", { html: { void: "always", normal: "always", component: "always" } }],
      "@typescript-eslint/no-non-null-assertion": "error",
    },
  },
  { files: ["scripts/**"], languageOptions: { globals: { ...globals.node } }, rules: { "no-console": "off" } },
);
