"""Prices an order."""

from decimal import Decimal

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

PRICES = {"apple": Decimal("0.40"), "pear": Decimal("0.55"), "quince": Decimal("1.20")}

app = FastAPI(title="orders")


class Line(BaseModel):
    item: str
    count: int = Field(gt=0, le=1000)


@app.get("/")
def prices() -> dict[str, str]:
    return {name: str(price) for name, price in PRICES.items()}


@app.post("/orders")
def order(lines: list[Line]) -> dict[str, str]:
    unknown = sorted({line.item for line in lines} - PRICES.keys())
    if unknown:
        raise HTTPException(404, f"no such item: {', '.join(unknown)}")
    return {"total": str(sum((PRICES[line.item] * line.count for line in lines), Decimal(0)))}
