"""Rules about accounts that need neither database nor clock."""
