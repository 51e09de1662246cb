"""The demo company's accounts; plain values, read before Django is set up."""

PASSWORD = "onsite-demo"
ACCOUNTS = {
    "hr@demo.onsite": "human resources",
    "lead@demo.onsite": "site lead",
    "staff@demo.onsite": "dispatched staff",
    "finance@demo.onsite": "finance",
    "head@demo.onsite": "department head",
    "executive@demo.onsite": "executive",
    "admin@demo.onsite": "administrator",
}
