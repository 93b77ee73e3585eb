from django.urls import path

from commerce.payments import api, stuck_api
from commerce.payments.reconciling import api as reconciling
from commerce.payments.sandbox import page

urlpatterns = [
    path("api/payments/", api.PaymentStart.as_view()),
    path("api/payments/providers/", api.Providers.as_view()),
    path("api/studio/reconciliation/days/", reconciling.ReconciliationDays.as_view()),
    path("api/studio/reconciliation/days/<id:day_id>/", reconciling.ReconciliationDayDetail.as_view()),
    path("api/studio/reconciliation/days/<id:day_id>/rerun/", reconciling.ReconciliationRerun.as_view()),
    path("api/studio/reconciliation/rows/", reconciling.ReconciliationRows.as_view()),
    path("api/studio/reconciliation/rows/<id:row_id>/", reconciling.ReconciliationRowDetail.as_view()),
    path("api/studio/reconciliation/rows/<id:row_id>/notes/", reconciling.ReconciliationNotes.as_view()),
    path("api/studio/reconciliation/sheet/", reconciling.ReconciliationSheet.as_view()),
    path("api/studio/money/refunds/", stuck_api.RefusedRefunds.as_view()),
    path("api/studio/money/refunds/<id:refund_id>/send-again/", stuck_api.RefundSendAgain.as_view()),
    path("api/studio/money/refunds/<id:refund_id>/paid-otherwise/", stuck_api.RefundPaidOtherwise.as_view()),
    path("api/studio/money/payments/", stuck_api.StuckPayments.as_view()),
    path("api/studio/money/payments/<id:payment_id>/give-up/", stuck_api.PaymentGiveUp.as_view()),
    path("api/studio/money/top-ups/", stuck_api.StuckTopUps.as_view()),
    path("api/studio/money/top-ups/<id:top_up_id>/decide/", stuck_api.TopUpDecide.as_view()),
    path("api/wallet/", api.WalletDetail.as_view()),
    path("api/wallet/entries/", api.WalletEntries.as_view()),
    path("api/wallet/top-ups/", api.TopUps.as_view()),
    path("api/wallet/top-ups/<id:top_up_id>/", api.TopUpDetail.as_view()),
    path("api/wallet/top-ups/<id:top_up_id>/cancel/", api.TopUpCancel.as_view()),
    path("api/payments/<id:payment_id>/", api.PaymentDetail.as_view()),
    path("api/payments/webhooks/<slug:provider>/", api.Webhook.as_view()),
    path("api/orders/<str:number>/cancel/", api.OrderCancel.as_view()),
    path("api/studio/orders/<str:number>/payments/", api.StudioOrderPayments.as_view()),
    path("sandbox/pay/<slug:token>/", page.pay, name="sandbox-pay"),
]
