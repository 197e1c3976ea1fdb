package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Create adds a resource and records it in the change feed.
func (w *writer) Create(ctx context.Context, created resource.Resource) error {
	*created.Versions() = w.first()
	if added, err := w.batch.add(ctx, w, feed.Created, created); added || err != nil {
		return err
	}
	inserted, err := w.insert(ctx, created)
	if err := w.created(ctx, created, inserted, err); err != nil {
		return err
	}
	return w.keepReferences(ctx, created)
}

// Update replaces a resource and records it in the change feed.
func (w *writer) Update(ctx context.Context, updated resource.Resource) error {
	*updated.Versions() = w.next(*updated.Versions())
	added, err := w.batch.add(ctx, w, feed.Updated, updated)
	if err != nil {
		return err
	}
	if !added {
		if err := w.replace(ctx, updated); err != nil {
			return err
		}
		if err := w.Record(ctx, feed.Updated, updated); err != nil {
			return err
		}
	}
	return w.keepReferences(ctx, updated)
}

// Delete removes a resource and records it in the change feed.
func (w *writer) Delete(ctx context.Context, deleted resource.Resource) error {
	removed, err := w.remove(ctx, deleted)
	if err := changed(deleted, removed, err); err != nil {
		return err
	}
	if err := w.dropReferences(ctx, deleted); err != nil {
		return err
	}
	return w.Record(ctx, feed.Deleted, deleted)
}

// written runs a statement with the row of a resource.
func written[R any](ctx context.Context, statement func(context.Context, R) (int64, error), row R, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return statement(ctx, row)
}

// unknown returns the error for a resource that the store does not have a table for.
func unknown(given resource.Resource) error { return fmt.Errorf("%s cannot be stored", given.Kind()) }

// insert adds the row of a resource and returns how many rows that were: none if a key exists.
func (w *writer) insert(ctx context.Context, given resource.Resource) (int64, error) {
	switch given := given.(type) {
	case *subscription.Subscription:
		row, err := subscriptionRow(w.tenant, given)
		return written(ctx, w.rows.CreateSubscription, row, err)
	case *subscription.Action:
		row, err := actionRow(w.tenant, given)
		return written(ctx, w.rows.CreateAction, row, err)
	case *subscription.Settings:
		row, err := settingsRow(w.tenant, given)
		return written(ctx, w.rows.CreateSettings, row, err)
	case *account.Account:
		row, err := accountRow(w.tenant, given)
		return written(ctx, w.rows.CreateAccount, row, err)
	case *catalogue.SubscriptionType:
		row, err := subscriptionTypeRow(w.tenant, given)
		return written(ctx, w.rows.CreateSubscriptionType, row, err)
	case *catalogue.Group:
		row, err := groupRow(w.tenant, given)
		return written(ctx, w.rows.CreateGroup, row, err)
	case *account.Contact:
		row, err := contactRow(w.tenant, given)
		return written(ctx, w.rows.CreateContact, row, err)
	case *catalogue.ActionType:
		row, err := actionTypeRow(w.tenant, given)
		return written(ctx, w.rows.CreateActionType, row, err)
	case *catalogue.AccountClassification:
		row, err := accountClassificationRow(w.tenant, given)
		return written(ctx, w.rows.CreateAccountClassification, row, err)
	case *catalogue.BillingTermScheme:
		row, err := billingTermSchemeRow(w.tenant, given)
		return written(ctx, w.rows.CreateBillingTermScheme, row, err)
	case *catalogue.PrivacyLevel:
		row, err := privacyLevelRow(w.tenant, given)
		return written(ctx, w.rows.CreatePrivacyLevel, row, err)
	case *catalogue.Product:
		row, err := productRow(w.tenant, given)
		return written(ctx, w.rows.CreateProduct, row, err)
	case *catalogue.InstalledItem:
		row, err := installedItemRow(w.tenant, given)
		return written(ctx, w.rows.CreateInstalledItem, row, err)
	case *organisation.Organisation:
		row, err := organisationRow(w.tenant, given)
		return written(ctx, w.rows.CreateOrganisation, row, err)
	case *organisation.User:
		row, err := userRow(w.tenant, given)
		return written(ctx, w.rows.CreateUser, row, err)
	case *organisation.Session:
		row, err := sessionRow(w.tenant, given)
		return written(ctx, w.rows.CreateSession, row, err)
	case *organisation.APIKey:
		row, err := apiKeyRow(w.tenant, given)
		return written(ctx, w.rows.CreateAPIKey, row, err)
	}
	return 0, unknown(given)
}

// later returns the queries of statements that replace a row of a resource, at the latest with the commit.
func (w *writer) later(given resource.Resource) *rows.Queries {
	return rows.New(w.tx.LaterOne(func(err error) error {
		if errors.Is(err, database.ErrNoRow) {
			return changed(given, 0, nil)
		}
		return changed(given, 1, err)
	}))
}

// replace replaces the row of a resource. It returns a Conflict fault if that has another version.
func (w *writer) replace(ctx context.Context, given resource.Resource) error {
	if given, ok := given.(*subscription.Subscription); ok {
		return w.replaceSubscription(ctx, given)
	}
	_, err := replaced(ctx, w.later(given), w.tenant, given)
	return err
}

func replaced(ctx context.Context, later *rows.Queries, tenant auth.Tenant, given resource.Resource) (int64, error) {
	switch given := given.(type) {
	case *subscription.Action:
		row, err := actionRow(tenant, given)
		return written(ctx, later.UpdateAction, rows.UpdateActionParams(row), err)
	case *subscription.Settings:
		row, err := settingsRow(tenant, given)
		return written(ctx, later.UpdateSettings, rows.UpdateSettingsParams(row), err)
	case *account.Account:
		row, err := accountRow(tenant, given)
		return written(ctx, later.UpdateAccount, rows.UpdateAccountParams(row), err)
	case *catalogue.SubscriptionType:
		row, err := subscriptionTypeRow(tenant, given)
		return written(ctx, later.UpdateSubscriptionType, rows.UpdateSubscriptionTypeParams(row), err)
	case *catalogue.Group:
		row, err := groupRow(tenant, given)
		return written(ctx, later.UpdateGroup, rows.UpdateGroupParams(row), err)
	case *account.Contact:
		row, err := contactRow(tenant, given)
		return written(ctx, later.UpdateContact, rows.UpdateContactParams(row), err)
	case *catalogue.ActionType:
		row, err := actionTypeRow(tenant, given)
		return written(ctx, later.UpdateActionType, rows.UpdateActionTypeParams(row), err)
	case *catalogue.AccountClassification:
		row, err := accountClassificationRow(tenant, given)
		return written(ctx, later.UpdateAccountClassification, rows.UpdateAccountClassificationParams(row), err)
	case *catalogue.BillingTermScheme:
		row, err := billingTermSchemeRow(tenant, given)
		return written(ctx, later.UpdateBillingTermScheme, rows.UpdateBillingTermSchemeParams(row), err)
	case *catalogue.PrivacyLevel:
		row, err := privacyLevelRow(tenant, given)
		return written(ctx, later.UpdatePrivacyLevel, rows.UpdatePrivacyLevelParams(row), err)
	case *catalogue.Product:
		row, err := productRow(tenant, given)
		return written(ctx, later.UpdateProduct, rows.UpdateProductParams(row), err)
	case *catalogue.InstalledItem:
		row, err := installedItemRow(tenant, given)
		return written(ctx, later.UpdateInstalledItem, rows.UpdateInstalledItemParams(row), err)
	case *organisation.Organisation:
		row, err := organisationRow(tenant, given)
		return written(ctx, later.UpdateOrganisation, rows.UpdateOrganisationParams(row), err)
	case *organisation.User:
		row, err := userRow(tenant, given)
		return written(ctx, later.UpdateUser, rows.UpdateUserParams(row), err)
	case *organisation.Session:
		row, err := sessionRow(tenant, given)
		return written(ctx, later.UpdateSession, rows.UpdateSessionParams(row), err)
	case *organisation.APIKey:
		row, err := apiKeyRow(tenant, given)
		return written(ctx, later.UpdateAPIKey, rows.UpdateAPIKeyParams(row), err)
	}
	return 0, unknown(given)
}

// rowVersion identifies a version of a row, as every Delete statement does.
type rowVersion struct {
	Tenant  string
	ID      string
	Version int64
}

// remove removes the row of a resource and returns how many rows that were: none if it has another
// version.
func (w *writer) remove(ctx context.Context, given resource.Resource) (int64, error) {
	version := rowVersion{Tenant: string(w.tenant), ID: given.Key(), Version: given.Versions().Version}
	switch given.(type) {
	case *subscription.Subscription:
		delete(w.stored, subscription.ID(version.ID))
		return w.rows.DeleteSubscription(ctx, rows.DeleteSubscriptionParams(version))
	case *subscription.Action:
		return w.rows.DeleteAction(ctx, rows.DeleteActionParams(version))
	case *subscription.Settings:
		return w.rows.DeleteSettings(ctx, string(w.tenant), version.Version)
	case *account.Account:
		return w.rows.DeleteAccount(ctx, rows.DeleteAccountParams(version))
	case *catalogue.SubscriptionType:
		return w.rows.DeleteSubscriptionType(ctx, rows.DeleteSubscriptionTypeParams(version))
	case *catalogue.Group:
		return w.rows.DeleteGroup(ctx, rows.DeleteGroupParams(version))
	case *account.Contact:
		return w.rows.DeleteContact(ctx, rows.DeleteContactParams(version))
	case *catalogue.ActionType:
		return w.rows.DeleteActionType(ctx, rows.DeleteActionTypeParams(version))
	case *catalogue.AccountClassification:
		return w.rows.DeleteAccountClassification(ctx, rows.DeleteAccountClassificationParams(version))
	case *catalogue.BillingTermScheme:
		return w.rows.DeleteBillingTermScheme(ctx, rows.DeleteBillingTermSchemeParams(version))
	case *catalogue.PrivacyLevel:
		return w.rows.DeletePrivacyLevel(ctx, rows.DeletePrivacyLevelParams(version))
	case *catalogue.Product:
		return w.rows.DeleteProduct(ctx, rows.DeleteProductParams(version))
	case *catalogue.InstalledItem:
		return w.rows.DeleteInstalledItem(ctx, rows.DeleteInstalledItemParams(version))
	case *organisation.Organisation:
		return w.rows.DeleteOrganisation(ctx, rows.DeleteOrganisationParams(version))
	case *organisation.User:
		return w.rows.DeleteUser(ctx, rows.DeleteUserParams(version))
	case *organisation.Session:
		return w.rows.DeleteSession(ctx, rows.DeleteSessionParams(version))
	case *organisation.APIKey:
		return w.rows.DeleteAPIKey(ctx, rows.DeleteAPIKeyParams(version))
	}
	return 0, unknown(given)
}
