import { createRouter, createWebHistory } from "vue-router";

import { translate } from "@/shared/i18n";

declare module "vue-router" {
  interface RouteMeta {
    /** Key of the page's title. */
    title?: string;
    /** Fills the screen: no tabs, no bars. */
    full?: boolean;
    /** Has a bar of its own at the bottom of a phone, in place of the tabs. */
    acting?: boolean;
    /** Shows by itself what waits to be paid, without the bar for it. */
    paying?: boolean;
    /** Chats: the list and beside it what is open. */
    split?: boolean;
    /** Stands beside a list; a phone shows it alone. */
    inner?: boolean;
  }
}

export const router = createRouter({
  history: createWebHistory("/"),
  scrollBehavior: (to, from, saved) => (to.path === from.path ? false : (saved ?? { top: 0 })),
  routes: [
    { path: "/", name: "shows", component: () => import("./pages/ShowsPage.vue"), meta: { title: "nav.shows" } },
    {
      path: "/shows/:id(\\d+)",
      name: "room",
      component: () => import("./pages/RoomPage.vue"),
      props: ({ params }) => ({ id: Number(params.id) }),
      meta: { full: true },
    },
    { path: "/products", component: () => import("./pages/ProductsPage.vue"), meta: { title: "nav.products" } },
    {
      path: "/products/:id(\\d+)",
      name: "product",
      component: () => import("./pages/ProductPage.vue"),
      props: ({ params }) => ({ id: Number(params.id) }),
      meta: { acting: true },
    },
    { path: "/orders", component: () => import("./pages/OrdersPage.vue"), meta: { title: "nav.orders", paying: true } },
    {
      path: "/orders/:number",
      name: "order",
      component: () => import("./pages/OrderPage.vue"),
      props: true,
      meta: { title: "order.title", paying: true },
    },
    { path: "/login", component: () => import("./pages/LoginPage.vue"), meta: { title: "account.login" } },
    { path: "/signup", component: () => import("./pages/SignupPage.vue"), meta: { title: "account.signup" } },
    {
      path: "/reset/:key?",
      component: () => import("./pages/ResetPage.vue"),
      props: ({ params, query }) => ({ resetKey: String(params.key || query.key || "") }),
      meta: { title: "account.reset" },
    },
    {
      path: "/addresses",
      component: () => import("./addresses/AddressesPage.vue"),
      meta: { title: "addresses.title" },
    },
    {
      path: "/checkout",
      component: () => import("./checkout/CheckoutPage.vue"),
      meta: { title: "checkout.title", acting: true, paying: true },
    },
    { path: "/reviews", component: () => import("./reviews/ReviewsPage.vue"), meta: { title: "reviews.mine" } },
    { path: "/search", component: () => import("./search/SearchPage.vue"), meta: { title: "search.title" } },
    { path: "/cart", component: () => import("./cart/CartPage.vue"), meta: { title: "cart.title", paying: true } },
    {
      path: "/aftersales",
      component: () => import("./aftersales/AftersalesPage.vue"),
      meta: { title: "aftersales.title" },
    },
    {
      path: "/aftersales/:id(\\d+)",
      component: () => import("./aftersales/CasePage.vue"),
      props: ({ params }) => ({ id: Number(params.id) }),
      meta: { title: "aftersales.title" },
    },
    { path: "/coupons", component: () => import("./coupons/CouponsPage.vue"), meta: { title: "coupons.title" } },
    { path: "/wallet", component: () => import("./wallet/WalletPage.vue"), meta: { title: "wallet.title" } },
    {
      path: "/u/:id(\\d+)",
      name: "profile",
      component: () => import("./people/ProfilePage.vue"),
      props: ({ params }) => ({ id: Number(params.id) }),
      meta: { title: "people.profile" },
    },
    { path: "/people", component: () => import("./people/PeoplePage.vue"), meta: { title: "people.title" } },
    { path: "/following", component: () => import("./feed/FollowingPage.vue"), meta: { title: "feed.title" } },
    { path: "/inbox", component: () => import("./inbox/InboxPage.vue"), meta: { title: "inbox.title" } },
    {
      path: "/chats",
      component: () => import("./chats/ChatsPage.vue"),
      meta: { title: "chats.title", split: true },
      children: [
        { path: "", component: () => import("./chats/NothingOpen.vue") },
        {
          path: "new",
          component: () => import("./chats/NewChatPage.vue"),
          meta: { title: "chats.start", inner: true },
        },
        {
          path: "mentions",
          component: () => import("./chats/MentionsPage.vue"),
          meta: { title: "chats.mentions", inner: true },
        },
        {
          path: ":kind(group|dm)/:id(\\d+)",
          component: () => import("./chats/ChatPage.vue"),
          props: ({ params }) => ({ kind: params.kind, id: Number(params.id) }),
          meta: { inner: true },
        },
        {
          path: ":kind(group|dm)/:id(\\d+)/search",
          component: () => import("./chats/SearchPage.vue"),
          props: ({ params }) => ({ kind: params.kind, id: Number(params.id) }),
          meta: { title: "chats.search", inner: true },
        },
        {
          path: ":kind(group)/:id(\\d+)/about",
          component: () => import("./chats/group/GroupPage.vue"),
          props: ({ params }) => ({ id: Number(params.id) }),
          meta: { title: "group.about", inner: true },
        },
        {
          path: ":kind(group)/:id(\\d+)/members",
          component: () => import("./chats/group/MembersPage.vue"),
          props: ({ params }) => ({ id: Number(params.id) }),
          meta: { title: "group.members", inner: true },
        },
        {
          path: ":kind(dm)/:id(\\d+)/about",
          component: () => import("./chats/DirectPage.vue"),
          props: ({ params }) => ({ id: Number(params.id) }),
          meta: { title: "chats.settings", inner: true },
        },
      ],
    },
    {
      path: "/join/:code",
      component: () => import("./chats/group/JoinPage.vue"),
      props: ({ params }) => ({ by: { code: String(params.code) } }),
      meta: { title: "group.join" },
    },
    {
      path: "/groups/:id(\\d+)",
      name: "group-preview",
      component: () => import("./chats/group/JoinPage.vue"),
      props: ({ params }) => ({ by: { id: Number(params.id) } }),
      meta: { title: "group.join" },
    },
    {
      path: "/standing",
      component: () => import("./moderation/StandingPage.vue"),
      meta: { title: "standing.title" },
    },
    { path: "/me", component: () => import("./pages/MePage.vue"), meta: { title: "nav.me" } },
    { path: "/:rest(.*)*", component: () => import("./pages/NotFoundPage.vue"), meta: { title: "missing.title" } },
  ],
});

router.afterEach(({ meta }) => {
  document.title = meta.title ? `${translate(meta.title)} · Souk` : "Souk";
});
