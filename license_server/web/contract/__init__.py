"""The contract: the API's OpenAPI description, the pages that show it to people, and what each problem means."""
