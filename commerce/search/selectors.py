"""Finding products: all terms of a query must match, and what they weigh together is the relevance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from commerce.catalog.cards import ProductCard
from commerce.catalog.models import Category, Product
from commerce.catalog.selectors import cards_of, products_on_sale
from commerce.search.cards import Facets, Found, Suggestion
from commerce.search.models import IndexedProduct, Neighbour, Posting, Term
from commerce.search.queries import Cursor, Query, Sort
from commerce.search.spelling import distance, keys_of_query, tolerance
from commerce.search.text import folded, last_word, query_terms

# Where one price range ends and the next begins, in minor units.
PRICE_STEPS = (5000, 10000, 20000, 50000, 100000)
# The rarest terms narrow the search by joins; whatever is left is then looked at product by product.
JOINED_TERMS = 3
SUGGESTIONS, OF_A_KIND = 10, 5


def search(query: Query) -> Found:
    """One page of what a query finds, as cards. Words that nothing is found under are corrected where that is safe."""
    terms, corrected = _terms_of(query.text)
    if terms is None:
        return _nothing(query)
    found = _matching(terms)
    rows = list(_page(_narrowed(found, query), query))
    shown = rows[: query.limit]
    facets, total = (None, None) if query.cursor else _counted(found, query)
    return {
        "results": _cards([row[0] for row in shown]),
        "cursor": str(_cursor(query.sort, shown[-1])) if len(rows) > query.limit else None,
        "total": total,
        "facets": facets,
        "corrected": corrected,
    }


def _nothing(query: Query) -> Found:
    first = query.cursor is None
    facets: Facets = {"categories": [], "prices": [], "in_stock": 0}
    return {
        "results": [],
        "cursor": None,
        "total": 0 if first else None,
        "facets": facets if first else None,
        "corrected": {},
    }


def suggestions(text: str) -> list[Suggestion]:
    """How what is being typed may go on: categories, words, and products by their titles; at most ten."""
    start = folded(text)
    if not start:
        return []
    found = [*_categories_from(start), *_words_from(text), *_products_from(start)]
    return found[:SUGGESTIONS]


def _terms_of(text: str) -> tuple[list[Term] | None, dict[str, str]]:
    """The terms, the rarest first, and what was corrected. None: one of them is found nowhere."""
    asked = query_terms(text)
    if text.strip() and not asked:
        return None, {}
    known = {term.text: term for term in Term.objects.filter(text__in=[text for text, _ in asked], products__gt=0)}
    terms, corrected = dict(known), {}
    for word, has_spelling in asked:
        if word in known:
            continue
        meant = _nearest(word) if has_spelling else None
        if meant is None:
            return None, {}
        corrected[word] = meant.text
        terms[meant.text] = meant
    return sorted(terms.values(), key=lambda term: (term.products, term.pk)), corrected


def _nearest(word: str) -> Term | None:
    """The known word with the fewest mistakes, of several the one that most products have."""
    close = Neighbour.objects.filter(key__in=keys_of_query(word), term__products__gt=0).values("term")
    candidates = [
        (distance(word, term.text), -term.products, term.text, term) for term in Term.objects.filter(pk__in=close)
    ]
    return min((each for each in candidates if each[0] <= tolerance(word)), default=(0, 0, "", None))[3]


def _matching(terms: Sequence[Term]) -> QuerySet[IndexedProduct]:
    """Products that have all the terms, with their `score`."""
    found = IndexedProduct.objects.order_by()
    score: Any = Value(0)
    for n, term in enumerate(terms[:JOINED_TERMS]):
        found = found.alias(**{f"term{n}": FilteredRelation("postings", condition=Q(postings__term=term.pk))})
        found = found.filter(**{f"term{n}__isnull": False})
        score = F(f"term{n}__weight") if n == 0 else score + F(f"term{n}__weight")
    if rest := [term.pk for term in terms[JOINED_TERMS:]]:
        others = Posting.objects.filter(entry=OuterRef("pk"), term__in=rest).order_by().values("entry")
        found = found.alias(matched=Subquery(others.values(n=Count("pk")))).filter(matched=len(rest))
        score = score + Subquery(others.values(weights=Sum("weight")), output_field=IntegerField())
    return cast("QuerySet[IndexedProduct]", found.annotate(score=score))


def _conditions(query: Query) -> tuple[Q, Q, Q]:
    """What narrows by category, by price and by stock."""
    price = Q()
    if query.price_min is not None:
        price &= Q(price__gte=query.price_min)
    if query.price_max is not None:
        price &= Q(price__lte=query.price_max)
    category = Q() if query.category is None else Q(category__in=Category.objects.filter(slug=query.category))
    return category, price, Q(in_stock=True) if query.in_stock else Q()


def _narrowed(found: QuerySet[IndexedProduct], query: Query) -> QuerySet[IndexedProduct]:
    category, price, stock = _conditions(query)
    return found.filter(category, price, stock)


def _page(found: QuerySet[IndexedProduct], query: Query) -> QuerySet[IndexedProduct, tuple[int, int]]:
    """(product id, value) of a page and of one product more."""
    rising = query.sort == Sort.PRICE_UP
    by = {Sort.RELEVANCE: "score", Sort.NEWEST: "pk"}.get(query.sort, "price")
    if cursor := query.cursor:
        further = {f"{by}__{'gt' if rising else 'lt'}": cursor.value}
        found = found.filter(Q(**further) | Q(**{by: cursor.value}, pk__lt=cursor.product_id))
    order = [by if rising else f"-{by}", *(["-pk"] if by != "pk" else [])]
    return found.order_by(*order).values_list("pk", by)[: query.limit + 1]


def _cursor(sort: Sort, row: tuple[int, int]) -> Cursor:
    return Cursor(sort=sort, product_id=row[0], value=row[1])


def _cards(ids: Sequence[int]) -> list[ProductCard]:
    """In this order. What has left the shop since it was indexed is left out."""
    if not ids:
        return []
    by_id: dict[int, Product] = {product.pk: product for product in products_on_sale().filter(pk__in=ids)}
    return cards_of([by_id[pk] for pk in ids if pk in by_id])


def _counted(found: QuerySet[IndexedProduct], query: Query) -> tuple[Facets, int]:
    """All facets and the total from one query, over what the words alone find."""
    category, price, _ = _conditions(query)
    step = Case(
        *(When(price__lt=end, then=Value(n)) for n, end in enumerate(PRICE_STEPS)),
        default=Value(len(PRICE_STEPS)),
        output_field=IntegerField(),
    )
    in_range = (
        Case(When(price, then=Value(True)), default=Value(False), output_field=BooleanField()) if price else Value(True)
    )
    # A category that is browsed is the whole of what was asked; the others are not counted for it.
    found = found if query.text.strip() else found.filter(category)
    groups = found.values("category_id", "in_stock", step=step, in_range=in_range).annotate(count=Count("pk"))
    known = Category.objects.in_bulk()
    categories: Counter[int] = Counter()
    steps: Counter[int] = Counter()
    in_stock = total = 0
    for group in groups.order_by():
        count = group["count"]
        place = known.get(group["category_id"])
        in_category = query.category is None or (place is not None and place.slug == query.category)
        enough = group["in_stock"] or not query.in_stock
        if group["in_range"] and enough:
            categories[group["category_id"]] += count
        if in_category and enough:
            steps[group["step"]] += count
        if in_category and group["in_range"]:
            in_stock += count if group["in_stock"] else 0
            total += count if enough else 0
    facets: Facets = {
        "categories": [
            {"slug": place.slug, "name": {"zh": place.name_zh, "en": place.name_en}, "count": categories[pk]}
            for pk, place in known.items()
            if categories[pk]
        ],
        "prices": [
            {"min": lowest, "max": end, "count": steps[n]}
            for n, (lowest, end) in enumerate(zip((0, *PRICE_STEPS), (*PRICE_STEPS, None), strict=True))
            if steps[n]
        ],
        "in_stock": in_stock,
    }
    facets["categories"].sort(key=lambda each: (-each["count"], each["slug"]))
    return facets, total


def _categories_from(start: str) -> list[Suggestion]:
    found: list[Suggestion] = [
        {"kind": "category", "text": name, "slug": category.slug, "product": None}
        for category in Category.objects.all()
        for name in (category.name_zh, category.name_en)
        if folded(name).startswith(start)
    ]
    return found[:OF_A_KIND]


def _words_from(text: str) -> list[Suggestion]:
    before, word = last_word(text)
    if not word:
        return []
    known = Term.objects.filter(text__startswith=word, is_word=True, products__gt=0).exclude(text=word)
    words = known.order_by("-products", "text").values_list("text", flat=True)[:OF_A_KIND]
    return [{"kind": "word", "text": before + each, "slug": None, "product": None} for each in words]


def _products_from(start: str) -> list[Suggestion]:
    """Titles that begin so; then titles of products that have all the terms, for a word in the middle of a title."""
    texts: dict[int, str] = {}
    for field in ("title_zh", "title_en"):
        begin = IndexedProduct.objects.filter(**{f"{field}__startswith": start}).order_by("-pk")
        texts.update(dict.fromkeys(begin.values_list("pk", flat=True)[:OF_A_KIND], field))
    if len(texts) < OF_A_KIND:
        asked = [text for text, _ in query_terms(start)]
        terms = sorted(Term.objects.filter(text__in=asked, products__gt=0), key=lambda term: term.products)
        if asked and len(terms) == len(asked):
            inside: QuerySet[Any] = _matching(terms)
            for pk, title_zh in inside.order_by("-score", "-pk").values_list("pk", "title_zh")[:OF_A_KIND]:
                texts.setdefault(pk, "title_zh" if asked[0] in title_zh else "title_en")
    products = products_on_sale().in_bulk(list(texts))
    return [
        {"kind": "product", "text": getattr(products[pk], field), "slug": None, "product": pk}
        for pk, field in list(texts.items())[:OF_A_KIND]
        if pk in products
    ]
