"""What a test that holds several things against each other has to complain about. Used by the tests beside it."""


class Complaints:
    def __init__(self):
        self.count = 0

    def expect(self, what, actual, expected):
        if actual != expected:
            self.count += 1
            print(f"{what}: {actual}, not {expected}")
