"""Reads exports with DuckDB, which shares no code with the exporter. Compares them with the manifests (row counts,
verdicts, sums by currency and state), and CSV with Parquet, cell by cell."""

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path

import duckdb

TABLES = ("statements", "credits", "tickets")
# ISO 4217 minor units of the currencies in these exports.
DECIMALS = {"JPY": 0, "EUR": 2, "USD": 2, "KWD": 3}
# Parquet has typed columns; CSV has texts. Each type is formatted as the contract formats it in CSV.
AS_CSV = {
    "TIMESTAMP WITH TIME ZONE": "strftime({0} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')",
    "DECIMAL(7,4)": "CAST({0} AS VARCHAR)",
    "BIGINT": "CAST({0} AS VARCHAR)",
    "BOOLEAN": "CAST({0} AS VARCHAR)",
    "VARCHAR": "{0}",
}
AMOUNT = "DECIMAL(38,4)"


class Export:
    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_bytes())
        self.database = duckdb.connect()
        self.database.execute("SET TimeZone = 'UTC'")
        self.problems: list[str] = []
        for table in TABLES:
            csv, parquet = folder / f"{table}.csv", folder / f"{table}.parquet"
            self.database.execute(
                f"CREATE TABLE {table}_csv AS SELECT row_number() OVER () AS nth, * FROM read_csv("
                f"'{csv}', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"
            )
            self.database.execute(
                f"CREATE TABLE {table}_parquet AS "
                f"SELECT file_row_number + 1 AS nth, * EXCLUDE (file_row_number) "
                f"FROM read_parquet('{parquet}', file_row_number = true)"
            )

    def rows(self, query: str) -> list[tuple]:
        return self.database.execute(query).fetchall()

    def expect(self, what: str, expected, found) -> None:
        if expected != found:
            self.problems.append(f"{self.folder}: {what}: expected {expected}, found {found}")

    def check_rows(self) -> None:
        listed = {Path(file["key"]).name: file["rows"] for file in self.manifest["files"]}
        for table in TABLES:
            for form in ("csv", "parquet"):
                count = self.rows(f"SELECT count(*) FROM {table}_{form}")[0][0]
                self.expect(f"rows of {table}.{form}", listed[f"{table}.{form}"], count)

    def check_totals(self) -> None:
        expected = {
            (total["currency"], total["state"]): (total["entries"], minor(total["minor"], total["currency"]))
            for total in self.manifest["totals"]
        }
        for form in ("csv", "parquet"):
            sums = self.rows(
                f"SELECT currency, state, count(*), sum(CAST(amount AS {AMOUNT})) "
                f"FROM credits_{form} GROUP BY ALL"
            )
            found = {(currency, state): (count, amount) for currency, state, count, amount in sums}
            self.expect(f"totals of credits.{form}", expected, found)

    def check_verdicts(self) -> None:
        for form in ("csv", "parquet"):
            found = dict(self.rows(f"SELECT verdict, count(*) FROM statements_{form} GROUP BY ALL"))
            self.expect(f"verdicts of statements.{form}", self.manifest["verdicts"], found)

    def check_decimals(self) -> None:
        """Amounts in CSV have exactly as many decimals as their currency."""
        columns = (("statements", "credit_amount"), ("credits", "amount"), ("credits", "monthly_fee"))
        for table, column in columns:
            for currency, amount in self.rows(f"SELECT currency, {column} FROM {table}_csv"):
                decimals = max(0, -Decimal(amount).as_tuple().exponent)
                self.expect(f"decimals of {column} {amount} {currency}", DECIMALS[currency], decimals)

    def check_cells(self) -> None:
        """Every cell of the CSV is the cell of the Parquet."""
        for table in TABLES:
            columns = self.rows(
                f"SELECT name, type FROM pragma_table_info('{table}_parquet') WHERE name <> 'nth'"
            )
            for name, kind in columns:
                if kind == AMOUNT:
                    # DuckDB compares decimals by value: 166.33 is 166.3300.
                    same = f"CAST(c.{name} AS {AMOUNT}) IS NOT DISTINCT FROM p.{name}"
                else:
                    same = f"c.{name} IS NOT DISTINCT FROM {AS_CSV[kind].format('p.' + name)}"
                different = self.rows(
                    f"SELECT coalesce(c.nth, p.nth), c.{name}, p.{name} FROM {table}_csv c "
                    f"FULL JOIN {table}_parquet p USING (nth) WHERE NOT ({same}) ORDER BY ALL LIMIT 5"
                )
                self.expect(f"{name} of {table}, CSV against Parquet", [], different)

    def check(self) -> list[str]:
        self.check_rows()
        self.check_totals()
        self.check_verdicts()
        self.check_decimals()
        self.check_cells()
        return self.problems


def minor(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-DECIMALS[currency])


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--currencies", default="", help="there must be credits in these: EUR,JPY")
    arguments.add_argument("folders", nargs="+", help="folders that hold exports")
    folders, wanted = arguments.parse_args().folders, arguments.parse_args().currencies
    manifests = sorted(path for folder in folders for path in Path(folder).rglob("manifest.json"))
    if not manifests:
        print(f"no manifest.json beneath {', '.join(folders)}")
        return 2
    problems, credits, currencies = [], 0, set()
    for manifest in manifests:
        export = Export(manifest.parent)
        problems += export.check()
        credits += export.rows("SELECT count(*) FROM credits_parquet")[0][0]
        found = export.rows("SELECT DISTINCT currency FROM credits_parquet")
        currencies |= {currency for (currency,) in found}
    missing = set(filter(None, wanted.split(","))) - currencies
    problems += [f"no credits in {currency}" for currency in sorted(missing)]
    print(*problems, sep="\n", end="\n" if problems else "")
    print(
        f"DuckDB {duckdb.__version__} read {len(manifests)} revisions with {credits} credits in "
        f"{', '.join(sorted(currencies)) or 'no currency'}: {len(problems)} difference(s)"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
