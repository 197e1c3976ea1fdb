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

// masterRow converts a master account to a row of its table.
func masterRow(tenant auth.Tenant, m *catalogue.MasterAccount) rows.MasterAccount {
	return rows.MasterAccount{
		Tenant:            string(tenant),
		ID:                int64(m.ID),
		Code:              string(m.Code),
		Description:       m.Description,
		CustomerID:        int64(m.Customer),
		BillToID:          int64(m.BillTo),
		Inactive:          m.Inactive,
		Version:           m.Version,
		Created:           m.Created.UnixMicro(),
		Updated:           m.Updated.UnixMicro(),
		SubAccountsBilled: m.SubAccountsBilled,
		CodeKey:           m.Code.Key(),
	}
}

// masterOf converts a row to a master account.
func masterOf(row rows.MasterAccount) (catalogue.MasterAccount, error) {
	return catalogue.MasterAccount{
		ID:                catalogue.MasterAccountID(row.ID),
		Code:              catalogue.MasterAccountCode(row.Code),
		Description:       row.Description,
		Customer:          catalogue.CustomerID(row.CustomerID),
		BillTo:            catalogue.BillToID(row.BillToID),
		Inactive:          row.Inactive,
		SubAccountsBilled: row.SubAccountsBilled,
		Revision:          revisionOf(row.Version, row.Created, row.Updated),
	}, nil
}

// MasterAccount returns the master account with the given code.
func (r *reader) MasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error) {
	row, err := r.rows.GetMasterAccount(ctx, rows.GetMasterAccountParams{Tenant: string(r.tenant), Code: string(code)})
	return one("master account", row, err, masterOf)
}

// FindMasterAccount returns the master account with the given code in any spelling.
func (r *reader) FindMasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (catalogue.MasterAccount, error) {
	row, err := r.rows.GetMasterAccount(ctx, rows.GetMasterAccountParams{Tenant: string(r.tenant), Code: string(code)})
	if errors.Is(err, sql.ErrNoRows) && !database.IsAhead(ctx) {
		row, err = r.rows.GetMasterAccountOfKey(ctx, rows.GetMasterAccountOfKeyParams{Tenant: string(r.tenant), CodeKey: code.Key()})
	}
	return one("master account", row, err, masterOf)
}

// MasterAccounts lists master accounts.
func (r *reader) MasterAccounts(ctx context.Context, query listing.Query) ([]catalogue.MasterAccount, error) {
	found, err := r.list(query, masterFields).ListMasterAccounts(ctx, string(r.tenant))
	return many("master accounts", found, err, masterOf)
}

// MasterAccountsOf reads the master accounts with the given codes in any spelling.
func (r *reader) MasterAccountsOf(ctx context.Context, codes []catalogue.MasterAccountCode) ([]catalogue.MasterAccount, error) {
	return among(r, "master accounts", "code_key", keysOf(codes), func(q *rows.Queries) ([]rows.MasterAccount, error) {
		return q.ListMasterAccounts(ctx, string(r.tenant))
	}, masterOf)
}

// MasterAccountNumbered returns the master account with the given number.
func (r *reader) MasterAccountNumbered(ctx context.Context, id catalogue.MasterAccountID) (catalogue.MasterAccount, error) {
	row, err := r.rows.GetMasterAccountNumbered(ctx, rows.GetMasterAccountNumberedParams{Tenant: string(r.tenant), ID: int64(id)})
	return one("master account", row, err, masterOf)
}

// BillTosOfMasters reads which of the bill-tos a master account is billed to.
func (r *reader) BillTosOfMasters(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillToID, error) {
	return among(r, "bill-tos of master accounts", "bill_to_id", ids,
		func(q *rows.Queries) ([]int64, error) { return q.ListBillTosOfMasters(ctx, string(r.tenant)) },
		func(id int64) (catalogue.BillToID, error) { return catalogue.BillToID(id), nil })
}

// CreateMasterAccount inserts a master account.
func (w *writer) CreateMasterAccount(ctx context.Context, m *catalogue.MasterAccount) error {
	if err := number(ctx, w, masterKind, &m.ID); err != nil {
		return err
	}
	same, err := w.rows.CountMasterAccountsOfKey(ctx, rows.CountMasterAccountsOfKeyParams{Tenant: string(w.tenant), CodeKey: m.Code.Key()})
	if err := free(masterKind, m.Code, same, err); err != nil {
		return err
	}
	m.Revision = w.created()
	created, err := w.rows.CreateMasterAccount(ctx, rows.CreateMasterAccountParams(masterRow(w.tenant, m)))
	return w.inserted(ctx, masterKind, m.Code, created, err, m)
}

// UpdateMasterAccount updates a master account.
func (w *writer) UpdateMasterAccount(ctx context.Context, m *catalogue.MasterAccount) error {
	w.revise(&m.Revision)
	updated, err := w.rows.UpdateMasterAccount(ctx, rows.UpdateMasterAccountParams(masterRow(w.tenant, m)))
	return w.updated(ctx, masterKind, m.Code, updated, err, m)
}

// DeleteMasterAccount deletes a master account.
func (w *writer) DeleteMasterAccount(ctx context.Context, m catalogue.MasterAccount) error {
	deleted, err := w.rows.DeleteMasterAccount(ctx, rows.DeleteMasterAccountParams{Tenant: string(w.tenant), ID: int64(m.ID), Version: m.Version})
	return w.deleted(ctx, masterKind, m.Code, deleted, err, m)
}

// LinesOfMasterAccount counts the lines that are receivable to a master account.
func (w *writer) LinesOfMasterAccount(ctx context.Context, code catalogue.MasterAccountCode) (int64, error) {
	return w.rows.CountLinesOfMasterAccount(ctx, rows.CountLinesOfMasterAccountParams{Tenant: string(w.tenant), MasterAccountCode: nullable(string(code))})
}
