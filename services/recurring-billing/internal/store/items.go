package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// itemRow converts an item to a row of its table.
func itemRow(tenant auth.Tenant, i *catalogue.Item) rows.Item {
	return rows.Item{
		Tenant:              string(tenant),
		ID:                  int64(i.ID),
		Code:                string(i.Code),
		Description:         i.Description,
		Taxable:             i.Taxable,
		DefaultRate:         i.DefaultRate.Value.String(),
		DefaultRateCurrency: string(i.DefaultRate.Currency),
		DefaultCost:         i.DefaultCost.Value.String(),
		DefaultCostCurrency: string(i.DefaultCost.Currency),
		CategoryCode:        i.CategoryCode,
		NonDeferredIncome:   i.NonDeferredIncome,
		SalesItem:           i.SalesItem,
		ServiceItem:         i.ServiceItem,
		Inactive:            i.Inactive,
		Version:             i.Version,
		Created:             i.Created.UnixMicro(),
		Updated:             i.Updated.UnixMicro(),
		CodeKey:             i.Code.Key(),
	}
}

// itemOf converts a row to an item.
func itemOf(row rows.Item) (i catalogue.Item, err error) {
	i = catalogue.Item{
		ID:                catalogue.ItemID(row.ID),
		Code:              catalogue.ItemCode(row.Code),
		Description:       row.Description,
		Taxable:           row.Taxable,
		CategoryCode:      row.CategoryCode,
		NonDeferredIncome: row.NonDeferredIncome,
		SalesItem:         row.SalesItem,
		ServiceItem:       row.ServiceItem,
		Inactive:          row.Inactive,
		Revision:          revisionOf(row.Version, row.Created, row.Updated),
	}
	if i.DefaultRate, err = amountOf(row.DefaultRate, row.DefaultRateCurrency); err != nil {
		return i, err
	}
	i.DefaultCost, err = amountOf(row.DefaultCost, row.DefaultCostCurrency)
	return i, err
}

// Item returns the item with the given code.
func (r *reader) Item(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error) {
	row, err := r.rows.GetItem(ctx, rows.GetItemParams{Tenant: string(r.tenant), Code: string(code)})
	return one("item", row, err, itemOf)
}

// FindItem returns the item with the given code in any spelling. Most callers spell it as the catalogue does.
func (r *reader) FindItem(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error) {
	key := rows.GetItemParams{Tenant: string(r.tenant), Code: string(code)}
	row, err := database.Cached(r.tx, key, func() (rows.Item, error) { return r.rows.GetItem(ctx, key) })
	if errors.Is(err, sql.ErrNoRows) && !database.IsAhead(ctx) {
		row, err = r.rows.GetItemOfKey(ctx, rows.GetItemOfKeyParams{Tenant: string(r.tenant), CodeKey: code.Key()})
	}
	return one("item", row, err, itemOf)
}

// Items lists items.
func (r *reader) Items(ctx context.Context, query listing.Query) ([]catalogue.Item, error) {
	found, err := r.list(query, itemFields).ListItems(ctx, string(r.tenant))
	return many("items", found, err, itemOf)
}

// ItemsOf reads the items with the given codes in any spelling.
func (r *reader) ItemsOf(ctx context.Context, codes []catalogue.ItemCode) ([]catalogue.Item, error) {
	return among(r, "items", "code_key", keysOf(codes), func(q *rows.Queries) ([]rows.Item, error) { return q.ListItems(ctx, string(r.tenant)) }, itemOf)
}

// CreateItem inserts an item.
func (w *writer) CreateItem(ctx context.Context, i *catalogue.Item) error {
	if err := number(ctx, w, itemKind, &i.ID); err != nil {
		return err
	}
	same, err := w.rows.CountItemsOfKey(ctx, rows.CountItemsOfKeyParams{Tenant: string(w.tenant), CodeKey: i.Code.Key()})
	if err := free(itemKind, i.Code, same, err); err != nil {
		return err
	}
	i.Revision = w.created()
	created, err := w.rows.CreateItem(ctx, rows.CreateItemParams(itemRow(w.tenant, i)))
	return w.inserted(ctx, itemKind, i.Code, created, err, i)
}

// UpdateItem updates an item.
func (w *writer) UpdateItem(ctx context.Context, i *catalogue.Item) error {
	w.revise(&i.Revision)
	updated, err := w.rows.UpdateItem(ctx, rows.UpdateItemParams(itemRow(w.tenant, i)))
	return w.updated(ctx, itemKind, i.Code, updated, err, i)
}

// DeleteItem deletes an item.
func (w *writer) DeleteItem(ctx context.Context, i catalogue.Item) error {
	deleted, err := w.rows.DeleteItem(ctx, rows.DeleteItemParams{Tenant: string(w.tenant), ID: int64(i.ID), Version: i.Version})
	return w.deleted(ctx, itemKind, i.Code, deleted, err, i)
}

// LinesOfItem counts the lines that bill an item or roll up into it.
func (w *writer) LinesOfItem(ctx context.Context, code catalogue.ItemCode) (int64, error) {
	return w.rows.CountLinesOfItem(ctx, rows.CountLinesOfItemParams{Tenant: string(w.tenant), ItemCode: string(code)})
}
