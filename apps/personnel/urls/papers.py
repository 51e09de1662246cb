"""Addresses of site documents, proofs and first days."""

from django.urls import path

from apps.personnel.views import arrivals, papers

urlpatterns = [
    path("documents/", papers.Documents.as_view(), name="documents"),
    path("documents/new/", papers.DocumentNew.as_view(), name="document_new"),
    path("documents/<int:pk>/", papers.Document.as_view(), name="document"),
    path("documents/<int:pk>/signatures/", papers.DocumentSignatures.as_view(), name="document_signatures"),
    path("documents/<int:pk>/signed/", papers.DocumentSigned.as_view(), name="document_signed"),
    path("proofs/", papers.Proofs.as_view(), name="proofs"),
    path("proofs/new/", papers.ProofNew.as_view(), name="proof_new"),
    path("proofs/<int:pk>/", papers.proof, name="proof"),
    path("proofs/<int:pk>/look/", papers.proof_look, name="proof_look"),
    path("proofs/<int:pk>/verify/", papers.proof_verify, name="proof_verify"),
    path("proofs/<int:pk>/return/", papers.ProofReturn.as_view(), name="proof_return"),
    path("arrivals/", arrivals.Incomplete.as_view(), name="arrivals"),
    path("assignments/<int:pk>/report-in/", arrivals.assignment_report_in, name="assignment_report_in"),
    path("assignments/<int:pk>/note-arrival/", arrivals.assignment_note_arrival, name="assignment_note_arrival"),
    path("assignments/<int:pk>/not-here/", arrivals.NotHere.as_view(), name="assignment_not_here"),
]
