package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

const itemColumns = `id, code, description, taxable, default_rate, default_rate_currency, default_cost,
	default_cost_currency, category_code, non_deferred_income, sales_item, service_item, inactive, version, created, updated`

func scanItem(r database.Row) (i catalogue.Item, err error) {
	err = r.Scan(&i.ID, &i.Code, &i.Description, &i.Taxable, &i.DefaultRate.Value, &i.DefaultRate.Currency,
		&i.DefaultCost.Value, &i.DefaultCost.Currency, &i.CategoryCode, &i.NonDeferredIncome, &i.SalesItem,
		&i.ServiceItem, &i.Inactive, &i.Version, instant{&i.Created}, instant{&i.Updated})
	return i, err
}

// Item is the item of a code.
func (r *reader) Item(ctx context.Context, code catalogue.ItemCode) (catalogue.Item, error) {
	return one(ctx, r.tx, "item", scanItem,
		`SELECT `+itemColumns+` FROM items WHERE tenant = $1 AND code = $2`, string(r.tenant), string(code))
}

// Items lists items.
func (r *reader) Items(ctx context.Context, query listing.Query) ([]catalogue.Item, error) {
	return database.Select(ctx, r.tx.List(query, itemFields), "item", scanItem,
		`SELECT `+itemColumns+` FROM items WHERE tenant = $1`, string(r.tenant))
}

// CreateItem inserts an item.
func (w *writer) CreateItem(ctx context.Context, i *catalogue.Item) error {
	if err := number(ctx, w, itemKind, &i.ID); err != nil {
		return err
	}
	i.Revision = w.created()
	return w.insert(ctx, itemKind, i.Code, i,
		`INSERT INTO items (tenant, `+itemColumns+`)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		string(w.tenant), int64(i.ID), string(i.Code), i.Description, i.Taxable, i.DefaultRate.Value.String(),
		string(i.DefaultRate.Currency), i.DefaultCost.Value.String(), string(i.DefaultCost.Currency), i.CategoryCode,
		i.NonDeferredIncome, i.SalesItem, i.ServiceItem, i.Inactive, i.Version, i.Created.UnixMicro(), i.Updated.UnixMicro())
}

// UpdateItem replaces what can change of an item.
func (w *writer) UpdateItem(ctx context.Context, i *catalogue.Item) error {
	return w.update(ctx, itemKind, i.Code, &i.Revision, i,
		`UPDATE items SET description = $1, taxable = $2, default_rate = $3, default_rate_currency = $4, default_cost = $5,
			default_cost_currency = $6, category_code = $7, non_deferred_income = $8, sales_item = $9, service_item = $10,
			inactive = $11, version = $12, updated = $13
		 WHERE tenant = $14 AND id = $15 AND version = $16`,
		i.Description, i.Taxable, i.DefaultRate.Value.String(), string(i.DefaultRate.Currency), i.DefaultCost.Value.String(),
		string(i.DefaultCost.Currency), i.CategoryCode, i.NonDeferredIncome, i.SalesItem, i.ServiceItem, i.Inactive,
		i.Version+1, w.at.UnixMicro(), string(w.tenant), int64(i.ID), i.Version)
}

// document keeps a value as JSON, and its zero as an empty text.
type document[T comparable] struct{ value *T }

// Scan sets the value.
func (d document[T]) Scan(value any) error {
	var text sql.NullString
	if err := text.Scan(value); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	var none T
	*d.value = none
	if text.String == "" {
		return nil
	}
	return json.Unmarshal([]byte(text.String), d.value)
}

// Value is the text.
func (d document[T]) Value() (driver.Value, error) {
	var none T
	if *d.value == none {
		return "", nil
	}
	text, err := json.Marshal(d.value)
	return string(text), err
}

const billToColumns = `id, customer_id, display_name, address, version, created, updated`

func scanBillTo(r database.Row) (b catalogue.BillTo, err error) {
	err = r.Scan(&b.ID, &b.Customer, &b.DisplayName, document[catalogue.Address]{&b.Address}, &b.Version, instant{&b.Created}, instant{&b.Updated})
	return b, err
}

// BillTo is the bill-to of a number.
func (r *reader) BillTo(ctx context.Context, id catalogue.BillToID) (catalogue.BillTo, error) {
	return one(ctx, r.tx, "bill-to", scanBillTo,
		`SELECT `+billToColumns+` FROM bill_tos WHERE tenant = $1 AND id = $2`, string(r.tenant), int64(id))
}

// BillTos lists bill-tos.
func (r *reader) BillTos(ctx context.Context, query listing.Query) ([]catalogue.BillTo, error) {
	return database.Select(ctx, r.tx.List(query, billToFields), "bill-to", scanBillTo,
		`SELECT `+billToColumns+` FROM bill_tos WHERE tenant = $1`, string(r.tenant))
}

// BillToOf is the bill-to of a customer with the lowest number.
func (r *reader) BillToOf(ctx context.Context, customer catalogue.CustomerID) (catalogue.BillTo, error) {
	return one(ctx, r.tx, "bill-to", scanBillTo,
		`SELECT `+billToColumns+` FROM bill_tos WHERE tenant = $1 AND customer_id = $2 ORDER BY id LIMIT 1`, string(r.tenant), int64(customer))
}

// CreateBillTo inserts a bill-to, and keeps that documents issued before know nothing of it.
func (w *writer) CreateBillTo(ctx context.Context, b *catalogue.BillTo) error {
	if err := number(ctx, w, billToKind, &b.ID); err != nil {
		return err
	}
	b.Revision = w.created()
	err := w.insert(ctx, billToKind, b.ID, b,
		`INSERT INTO bill_tos (tenant, `+billToColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(w.tenant), int64(b.ID), int64(b.Customer), b.DisplayName, document[catalogue.Address]{&b.Address}, b.Version, b.Created.UnixMicro(), b.Updated.UnixMicro())
	if err != nil {
		return err
	}
	return w.noteNewBillTo(ctx, b.ID)
}

// UpdateBillTo replaces what can change of a bill-to, and keeps what documents say of the former one.
func (w *writer) UpdateBillTo(ctx context.Context, b *catalogue.BillTo) error {
	if err := w.keepBillTo(ctx, b); err != nil {
		return err
	}
	return w.update(ctx, billToKind, b.ID, &b.Revision, b,
		`UPDATE bill_tos SET display_name = $1, address = $2, version = $3, updated = $4 WHERE tenant = $5 AND id = $6 AND version = $7`,
		b.DisplayName, document[catalogue.Address]{&b.Address}, b.Version+1, w.at.UnixMicro(), string(w.tenant), int64(b.ID), b.Version)
}

const masterColumns = `id, code, description, customer_id, bill_to_id, inactive, sub_accounts_billed, version, created, updated`

func scanMaster(r database.Row) (m catalogue.MasterAccount, err error) {
	err = r.Scan(&m.ID, &m.Code, &m.Description, &m.Customer, &m.BillTo, &m.Inactive, &m.SubAccountsBilled, &m.Version,
		instant{&m.Created}, instant{&m.Updated})
	return m, err
}

// MasterAccount is the master account of a code.
func (r *reader) MasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error) {
	return one(ctx, r.tx, "master account", scanMaster,
		`SELECT `+masterColumns+` FROM master_accounts WHERE tenant = $1 AND code = $2`, string(r.tenant), string(code))
}

// MasterAccounts lists master accounts.
func (r *reader) MasterAccounts(ctx context.Context, query listing.Query) ([]catalogue.MasterAccount, error) {
	return database.Select(ctx, r.tx.List(query, masterFields), "master account", scanMaster,
		`SELECT `+masterColumns+` FROM master_accounts WHERE tenant = $1`, string(r.tenant))
}

// MasterAccountNumbered is the master account of a number.
func (r *reader) MasterAccountNumbered(ctx context.Context, id catalogue.MasterAccountID) (catalogue.MasterAccount, error) {
	return one(ctx, r.tx, "master account", scanMaster,
		`SELECT `+masterColumns+` FROM master_accounts WHERE tenant = $1 AND id = $2`, string(r.tenant), int64(id))
}

// CreateMasterAccount inserts a master account.
func (w *writer) CreateMasterAccount(ctx context.Context, m *catalogue.MasterAccount) error {
	if err := number(ctx, w, masterKind, &m.ID); err != nil {
		return err
	}
	m.Revision = w.created()
	return w.insert(ctx, masterKind, m.Code, m,
		`INSERT INTO master_accounts (tenant, `+masterColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(w.tenant), int64(m.ID), string(m.Code), m.Description, int64(m.Customer), int64(m.BillTo), m.Inactive, m.SubAccountsBilled,
		m.Version, m.Created.UnixMicro(), m.Updated.UnixMicro())
}

// UpdateMasterAccount replaces what can change of a master account.
func (w *writer) UpdateMasterAccount(ctx context.Context, m *catalogue.MasterAccount) error {
	return w.update(ctx, masterKind, m.Code, &m.Revision, m,
		`UPDATE master_accounts SET description = $1, customer_id = $2, bill_to_id = $3, inactive = $4, sub_accounts_billed = $5,
			version = $6, updated = $7
		 WHERE tenant = $8 AND id = $9 AND version = $10`,
		m.Description, int64(m.Customer), int64(m.BillTo), m.Inactive, m.SubAccountsBilled, m.Version+1, w.at.UnixMicro(),
		string(w.tenant), int64(m.ID), m.Version)
}
