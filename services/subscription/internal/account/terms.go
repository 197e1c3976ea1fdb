package account

import (
	"context"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/unique"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Operator says on which side of an invoice's date a credit period lies, in CRM.COM's spelling. Empty is
// Plus.
type Operator string

// The values of Operator.
const (
	Plus  Operator = "PLUS"
	Minus Operator = "MINUS"
)

// Terms are the terms of credit of an account.
type Terms struct {
	// Currency is a code of ISO 4217, or empty.
	Currency string `json:"currency,omitempty"`
	// CreditLimit is how much the account may owe; nil is no limit.
	CreditLimit *decimal.Decimal `json:"credit_limit,omitempty"`
	// CreditPeriod is in days, and CreditOperator tells from an invoice's date into which direction.
	CreditPeriod   int32    `json:"credit_period,omitempty"`
	CreditOperator Operator `json:"credit_operator,omitempty"`
}

// Check sets the owner of an account that a contact owns. It returns a fault if the account's terms are invalid, if a user defined field is not as
// defined, if a person's account has a manager, or if its contact, classification, privacy level or manager is new and does not exist, or is inactive.
// present is the account before a change, or nil if it is new. An imported account can refer to what is inactive, and have any user defined fields.
// path is that of the fields.
func (a *Account) Check(ctx context.Context, r Checker, present *Account, imported bool, path userfield.Path) error {
	var v fault.Violations
	if a.Currency != "" && !currency.IsValid(a.Currency) {
		v.Add("account.currency_code", reason.UnknownCurrency, "%q is not a currency of ISO 4217", a.Currency)
	}
	if a.CreditLimit != nil && a.CreditLimit.IsNeg() {
		v.Add("account.credit_limit", reason.OutOfRange, "must not be negative")
	}
	if err := v.Err(); err != nil {
		return err
	}
	if err := a.own(ctx, r, present, imported); err != nil {
		return err
	}
	if !imported {
		if err := a.checkFields(ctx, r, present, path); err != nil {
			return err
		}
	}
	if present == nil {
		present = &Account{}
	}
	if err := checkNew(ctx, "account.classification", a.Classification, present.Classification, r.AccountClassification,
		func(c catalogue.AccountClassification) bool { return c.Inactive && !imported }); err != nil {
		return err
	}
	if err := checkNew(ctx, "account.privacy_level", a.PrivacyLevel, present.PrivacyLevel, r.PrivacyLevel,
		func(l catalogue.PrivacyLevel) bool { return l.Inactive && !imported }); err != nil {
		return err
	}
	if err := a.checkManaged(FieldManager); err != nil {
		return err
	}
	return checkNew(ctx, FieldManager, a.Manager, present.Manager, r.User, func(u organisation.User) bool { return u.Disabled && !imported })
}

// FieldManager is the field of requests that holds the manager of an account.
const FieldManager = "account.account_manager"

// checkManaged returns an INCONSISTENT fault on field if an account that no company owns has a manager.
func (a *Account) checkManaged(field string) error {
	if a.Manager == "" || a.Owner.Type == Company {
		return nil
	}
	return fault.InvalidField(field, reason.Inconsistent, "account %s has an account manager, which is for accounts that a company owns; leave one or the other out", a.Number)
}

// checkNew returns a fault on field if what is given differs from what there is at present, and does not exist, or is inactive.
func checkNew[ID ~string, T any](ctx context.Context, field string, given, present ID, find func(context.Context, resource.Key) (T, error), inactive func(T) bool) error {
	if given == "" || given == present {
		return nil
	}
	found, err := resource.FindID(ctx, field, string(given), find)
	if err != nil {
		return err
	}
	return resource.CheckActive(field, inactive(found))
}

// checkFields checks the user defined fields that differ from those of the present account, if there is one.
func (a *Account) checkFields(ctx context.Context, r Checker, present *Account, path userfield.Path) error {
	definitions, err := r.UserFields(ctx)
	if err != nil {
		return err
	}
	var before *userfield.Fields
	if present != nil {
		before = &present.Fields
	}
	return definitions.Check(userfield.OfAccount, &a.Fields, before, path)
}

// UniqueWriter reads what user defined fields mean, and keeps the values of those that are unique.
type UniqueWriter interface {
	unique.Writer
	// UserFields returns what the user defined fields of the tenant mean.
	UserFields(ctx context.Context) (userfield.Definitions, error)
}

// KeepUnique keeps the values of the account's unique fields. The error is an ALREADY_EXISTS fault, which names the label, if another account has one
// of them.
func (a *Account) KeepUnique(ctx context.Context, w UniqueWriter, path userfield.Path) error {
	definitions, err := w.UserFields(ctx)
	if err != nil {
		return err
	}
	return unique.Keep(ctx, w, definitions, userfield.OfAccount, a, &a.Fields, path)
}
