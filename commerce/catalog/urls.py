from django.urls import path

from commerce.catalog import api

urlpatterns = [
    path("api/catalog/categories/", api.CategoryList.as_view()),
    path("api/catalog/products/", api.ProductList.as_view()),
    path("api/catalog/products/<id:product_id>/", api.ProductDetail.as_view()),
    path("api/catalog/products/<id:product_id>/prices/", api.ProductPrices.as_view()),
]
