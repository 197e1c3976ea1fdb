package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// contactColumns maps the fields of the list of contacts to columns.
var contactColumns = map[string]string{
	"name": "id", "info.full_name": "name", "info.type": "type", "inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// contactRow converts a contact to a row of its table.
func contactRow(tenant auth.Tenant, contact *account.Contact) (rows.CreateContactParams, error) {
	text, err := document(contact)
	return rows.CreateContactParams{
		Tenant:   string(tenant),
		ID:       string(contact.ID),
		Version:  contact.Version,
		Document: text,
		Name:     plain(contact.Info.Name),
		Type:     string(contact.Info.Type),
		Inactive: contact.Inactive,
		Created:  contact.Created.UnixMicro(),
		Updated:  contact.Updated.UnixMicro(),
	}, err
}

func (r *reader) Contact(ctx context.Context, key resource.Key) (account.Contact, error) {
	return one[account.Contact](ctx, r, "Contact", key, finders{resource.KeyID: r.rows.GetContact})
}

func (r *reader) Contacts(ctx context.Context, query listing.Query) ([]account.Contact, error) {
	found, err := r.list(query, contactColumns).ListContacts(ctx, string(r.tenant))
	return many[account.Contact]("Contact", found, err)
}

// UserFields returns what the user defined fields of the tenant mean.
func (r *reader) UserFields(ctx context.Context) (userfield.Definitions, error) {
	settings, err := r.Settings(ctx)
	return settings.UserFields, err
}
