package crmcom

import (
	"context"
	"fmt"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// creation serves crmcom.v2.SubscriptionCreationService.
type creation struct {
	crmcomv2.UnimplementedSubscriptionCreationServiceServer
	actions *actions
}

// CreateSubscription creates a subscription of an existing or a new account.
func (s *creation) CreateSubscription(ctx context.Context, request *crmcomv2.CreateSubscriptionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	ctx, answer, err := s.actions.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	asked, err := creationOf(request, answer.calendar)
	if err != nil {
		return nil, err
	}
	done, err := s.actions.service.Become(ctx, asked)
	if err != nil {
		return nil, fault.Rename(err, accountField)
	}
	return &crmcomv2.SubscriptionActionResponse{Status: emptyStatus(), Data: answer.actionOf(done.Action, done.View)}, nil
}

// accountField returns the name of a parameter for a field of a new account, or of its billing terms.
func accountField(field string) string {
	switch field {
	case "account.currency_code":
		return "accounts_receivable.currency_identifier"
	case "account.credit_limit":
		return "accounts_receivable.credit_limit"
	case account.FieldManager:
		return "accounts_receivable.account_manager"
	case terms.FieldScheme, terms.FieldFrequency, terms.FieldCycleDay, terms.FieldLastDay, terms.FieldPeriod, terms.FieldStart:
		return openingPath + field
	}
	return ownerField(field)
}

// creationOf returns what a request asks to be created.
func creationOf(request *crmcomv2.CreateSubscriptionRequest, calendar subscription.Calendar) (asked subscription.Creation, err error) {
	const code = "business_classification_code"
	if request.GetBusinessClassificationCode() == "" {
		return asked, fault.Required(code)
	}
	if asked.Operation, err = readCode(code, request.GetBusinessClassificationCode(), lifecycle.CreateActivate, lifecycle.CreateDraft); err != nil {
		return asked, err
	}
	if request.GetScheduledDate() != "" {
		return asked, fault.InvalidField(subscription.FieldScheduled, reason.InvalidValue,
			"a subscription is created at once; leave it out, and schedule the activation of a draft by subscriptions/activate")
	}
	given, err := parametersOf(request, "", request.GetNullFields())
	if err != nil {
		return asked, err
	}
	if asked.Fields, err = given.userFields(); err != nil {
		return asked, err
	}
	if asked.Details, asked.Performer, err = detailsOf(request, calendar); err != nil {
		return asked, err
	}
	asked.ActionType = actionTypeReference("action_type_identifier", request.GetActionTypeIdentifier())
	asked.SubActionType = actionTypeReference("sub_action_type_identifier", request.GetSubActionTypeIdentifier())
	if asked.Owner, err = subscriberOf(request.GetAccountsReceivable()); err != nil {
		return asked, err
	}
	if kind := typeReference(typeField, request.GetTypeIdentifier()); kind != nil {
		asked.Type = *kind
	} else {
		return asked, fault.Required(typeField)
	}
	if offered := request.GetBillingTerms(); offered != nil {
		if asked.Terms, err = openingOf(offered); err != nil {
			return asked, err
		}
		asked.Scheme = schemeReference(openingPath+terms.FieldScheme, offered.GetBillingTermSchemeIdentifier())
	}
	asked.Notes = given.text("notes")
	if asked.Group, err = owningGroup(request); err != nil {
		return asked, err
	}
	asked.PrivacyLevel = levelReference("privacy_level_identifier", request.GetPrivacyLevelIdentifier())
	for i, entry := range request.GetServicesSet() {
		path := fmt.Sprintf("services_set[%d]", i)
		reference := productReference(path, entry.GetServiceIdentifier())
		if reference == nil {
			return asked, fault.Required(path + ".service_identifier")
		}
		asked.Services = append(asked.Services, *reference)
		if field, chosen := componentReferences(path, entry.GetComponentsSet()); len(chosen) > 0 {
			if asked.Components == nil {
				asked.Components = map[string][]resource.Reference{}
			}
			asked.Components[field] = chosen
		}
	}
	for i, entry := range request.GetInstalledItemsSet() {
		path := fmt.Sprintf("installed_items_set[%d]", i)
		reference := itemReference(path, entry.GetInstalledItemIdentifier())
		if reference == nil {
			return asked, fault.Required(path + ".installed_item_identifier")
		}
		asked.Items = append(asked.Items, *reference)
	}
	return asked, nil
}

// typeField is the parameter that names the type of a subscription.
const typeField = "type_identifier"

// What `action` of the accounts receivable can be.
const (
	newAccount      = "NEW"
	existingAccount = "EXISTING"
)

// subscriberOf returns the account that is to own a new subscription.
func subscriberOf(given *crmcomv2.SubscriberAccount) (owner subscription.Owner, err error) {
	const path = "accounts_receivable"
	if given.GetAction() == "" {
		return owner, fault.Required(path + ".action")
	}
	action, err := readCode(path+".action", given.GetAction(), newAccount, existingAccount)
	if err != nil {
		return owner, err
	}
	if action == newAccount {
		return newSubscriber(path+".", given)
	}
	for name, given := range map[string]bool{
		"name": given.Name != nil, "classification_identifier": given.ClassificationIdentifier != nil, "vat_number": given.VatNumber != nil,
		"credit_limit": given.CreditLimit != nil, "credit_period_operator": given.CreditPeriodOperator != nil,
		"credit_period": given.CreditPeriod != nil, "currency_identifier": given.CurrencyIdentifier != nil,
		"description": given.Description != nil, "notes": given.Notes != nil,
		"privacy_level_identifier": given.PrivacyLevelIdentifier != nil, "account_manager": given.AccountManager != nil,
	} {
		if given {
			return owner, fault.InvalidField(path+"."+name, reason.Inconsistent, "is for new accounts receivable only; leave it out with EXISTING")
		}
	}
	fields, err := fieldsOf(given, path+".", nil)
	if err != nil {
		return owner, err
	}
	if fields.Any() {
		return owner, fault.InvalidField(path, reason.Inconsistent, "has user defined fields, which are for new accounts receivable only; leave them out with EXISTING")
	}
	if owner.Existing = ownerOf(given.GetAccountsReceivableIdentifier()); owner.Existing == nil {
		return owner, fault.Required(path + ".accounts_receivable_identifier")
	}
	owner.Existing.Field = path + "." + owner.Existing.Field
	return owner, nil
}

// newSubscriber returns the account to create.
func newSubscriber(path string, given *crmcomv2.SubscriberAccount) (owner subscription.Owner, err error) {
	switch {
	case given.AccountsReceivableIdentifier != nil:
		return owner, fault.InvalidField(path+"accounts_receivable_identifier", reason.Inconsistent, "is for EXISTING accounts receivable only; leave it out with NEW")
	case given.GetName() == "":
		return owner, fault.Required(path + "name")
	case given.ClassificationIdentifier == nil:
		return owner, fault.Required(path + "classification_identifier")
	}
	made := account.Account{Name: given.GetName(), Owner: account.ContactInfo{Type: account.Person, Name: given.GetName()}}
	if vat := given.GetVatNumber(); vat != "" {
		made.Owner = account.ContactInfo{Type: account.Company, Name: given.GetName(), CompanyName: given.GetName(), Profile: &account.CompanyProfile{VATNumber: vat}}
	}
	if given.GetCreditLimit() != nil {
		limit, err := gtype.FromDecimal(given.GetCreditLimit())
		if err != nil {
			return owner, fault.InvalidField(path+"credit_limit", reason.InvalidValue, "%v", err)
		}
		made.CreditLimit = &limit
	}
	made.Description, made.Notes = given.GetDescription(), given.GetNotes()
	fields, err := fieldsOf(given, path, nil)
	if err != nil {
		return owner, err
	}
	if err := fields.Apply(path, &made.Fields); err != nil {
		return owner, err
	}
	made.CreditPeriod = given.GetCreditPeriod()
	if made.CreditOperator, err = readCode(path+"credit_period_operator", given.GetCreditPeriodOperator(), account.Plus, account.Minus); err != nil {
		return owner, err
	}
	if made.Currency, err = currencyOf(path+"currency_identifier", given.GetCurrencyIdentifier()); err != nil {
		return owner, err
	}
	of := given.GetClassificationIdentifier()
	owner = subscription.Owner{New: made, Classification: resource.Reference{Field: path + "classification_identifier", Keys: []resource.Key{
		{Name: resource.KeyID, Value: of.GetId()}, {Name: resource.KeyNameText, Value: of.GetName()}, {Name: resource.KeyAlternativeCode, Value: of.GetAlternativeCode()},
	}}}
	owner.PrivacyLevel = levelReference(path+"privacy_level_identifier", given.GetPrivacyLevelIdentifier())
	owner.Manager = userReference(path+"account_manager", given.GetAccountManager())
	return owner, nil
}

// currencyOf returns the code of a currency, or an empty text if there is no identifier.
func currencyOf(field string, given *crmcomv2.CurrencyIdentifier) (string, error) {
	switch {
	case given == nil:
		return "", nil
	case given.GetId() == "" && given.GetCode() == "":
		return "", fault.InvalidField(field, reason.Required, "one of id, code is required")
	case given.GetId() != "" && given.GetCode() != "":
		return "", fault.InvalidField(field, reason.Ambiguous, "only one of id, code may be given")
	}
	return given.GetId() + given.GetCode(), nil
}
