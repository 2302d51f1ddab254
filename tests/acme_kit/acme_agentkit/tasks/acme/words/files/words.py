def words() -> list[str]:
    return ["one"]
