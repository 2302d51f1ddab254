def words() -> list[str]:
    return ["one", "two", "three"]
