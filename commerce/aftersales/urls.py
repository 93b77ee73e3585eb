from django.urls import path

from commerce.aftersales import api, goods_api

urlpatterns = [
    path("api/orders/<str:number>/aftersales/", api.OrderAftersales.as_view()),
    path("api/aftersales/terms/", api.ReturnTerms.as_view()),
    path("api/aftersales/", api.CaseList.as_view()),
    path("api/aftersales/<id:case_id>/", api.CaseDetail.as_view()),
    path("api/aftersales/<id:case_id>/cancel/", api.CaseCancel.as_view()),
    path("api/aftersales/<id:case_id>/choose/", api.CaseChoose.as_view()),
    path("api/aftersales/<id:case_id>/receive/", api.CaseReceive.as_view()),
    path("api/aftersales/<id:case_id>/send-back/", api.CaseSendBack.as_view()),
    path("api/aftersales/<id:case_id>/pictures/", api.CasePictures.as_view()),
    path("api/aftersales/<id:case_id>/pictures/<int:position>/", api.CasePicture.as_view()),
    path("api/studio/goods/", goods_api.Goods.as_view()),
    path("api/studio/aftersales/", api.StudioCases.as_view()),
    path("api/studio/aftersales/<id:case_id>/", api.StudioCase.as_view()),
    path("api/studio/aftersales/<id:case_id>/approve/", api.StudioCaseApprove.as_view()),
    path("api/studio/aftersales/<id:case_id>/decline/", api.StudioCaseDecline.as_view()),
    path("api/studio/aftersales/<id:case_id>/take-back/", api.StudioCaseTakeBack.as_view()),
    path("api/studio/aftersales/<id:case_id>/resend/", api.StudioCaseResend.as_view()),
    path("api/studio/aftersales/<id:case_id>/pay-instead/", api.StudioCasePayInstead.as_view()),
]
