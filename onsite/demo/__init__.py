"""The demo company: believable people, sites and talks with clients, in Chinese and English."""
