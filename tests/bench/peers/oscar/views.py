"""The list of products from PostgreSQL: django-oscar's own list wants a search engine (Solr, Elasticsearch), and
django-oscar-api's has no prices, for which it wants one request a product. Both are kept to as few queries as their
own query sets and strategies allow.
"""

from django.views.generic import ListView
from oscar.core.loading import get_model
from rest_framework import generics, pagination, serializers

Product = get_model("catalogue", "Product")


def on_sale():
    return Product.objects.browsable().base_queryset().order_by("-pk")


class ProductPage(ListView):
    """django-oscar's template of its catalogue."""

    template_name = "oscar/catalogue/browse.html"
    context_object_name = "products"
    paginate_by = 30

    def get_queryset(self):
        return on_sale()


class CardSerializer(serializers.ModelSerializer):
    price = serializers.SerializerMethodField()
    in_stock = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ("id", "title", "price", "in_stock")

    def get_price(self, product):
        price = self.context["request"].strategy.fetch_for_product(product).price
        return {"amount": str(price.incl_tax), "currency": price.currency}

    def get_in_stock(self, product):
        return self.context["request"].strategy.fetch_for_product(product).availability.is_available_to_buy


class ByCursor(pagination.CursorPagination):
    page_size = 30
    ordering = "-pk"


class ProductList(generics.ListAPIView):
    authentication_classes = ()
    serializer_class = CardSerializer
    pagination_class = ByCursor

    def get_queryset(self):
        return on_sale()
