import { createRouter, createWebHistory } from "vue-router";

import { session } from "@/shared/session";

import ShowsPage from "./pages/ShowsPage.vue";

declare module "vue-router" {
  interface RouteMeta {
    /** Fills the screen, without the bars of the studio. */
    full?: boolean;
    /** Takes all the room beside the side bar. */
    wide?: boolean;
  }
}

const HOSTS = ["host", "staff", "moderator"];

export function mayHost(): boolean {
  return session.user.value?.roles.some((role) => HOSTS.includes(role)) ?? false;
}

export const router = createRouter({
  history: createWebHistory("/studio/"),
  routes: [
    { path: "/", name: "shows", component: ShowsPage },
    {
      path: "/shows/:id(\\d+)",
      name: "console",
      component: () => import("./pages/ConsolePage.vue"),
      props: ({ params }) => ({ id: Number(params.id) }),
      meta: { full: true },
    },
    {
      path: "/orders/:number?",
      name: "orders",
      component: () => import("./seller/OrdersPage.vue"),
      props: ({ params }) => ({ number: params.number ?? "" }),
    },
    { path: "/to-ship", name: "to-ship", component: () => import("./seller/ToShipPage.vue") },
    { path: "/after-sales", name: "cases", component: () => import("./seller/CasesPage.vue") },
    { path: "/reviews", name: "reviews", component: () => import("./seller/ReviewsPage.vue") },
    { path: "/products", name: "goods", component: () => import("./seller/GoodsPage.vue") },
    { path: "/stock", name: "stock", component: () => import("./seller/StockPage.vue") },
    { path: "/desk", name: "desk", component: () => import("./desk/DeskPage.vue"), meta: { wide: true } },
    { path: "/promotions", name: "promotions", component: () => import("./promotions/PromotionsPage.vue") },
    { path: "/freight", name: "freight", component: () => import("./seller/FreightPage.vue") },
    { path: "/stuck-money", name: "stuck", component: () => import("./seller/StuckMoneyPage.vue") },
    {
      path: "/reconciliation",
      children: [
        { path: "", name: "reconciliation", component: () => import("./reconciliation/DaysPage.vue") },
        {
          path: "days/:id(\\d+)",
          name: "reconciliation-day",
          component: () => import("./reconciliation/DayPage.vue"),
          props: ({ params }) => ({ id: Number(params.id) }),
        },
      ],
    },
    { path: "/:rest(.*)*", redirect: { name: "shows" } },
  ],
});

/** Whoever moderates and hosts nothing begins at the desk. */
router.beforeEach((to) => {
  const roles = session.user.value?.roles ?? [];
  const moderatesOnly = roles.includes("moderator") && !roles.includes("host") && !roles.includes("staff");
  return to.name === "shows" && moderatesOnly ? { name: "desk" } : true;
});
