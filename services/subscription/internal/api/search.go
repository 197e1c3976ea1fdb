package api

import "github.com/continuo-billing/continuo/services/platform/search"

// Search returns the resources that people search for. Each field has an index in the store, or belongs
// to a table of few rows.
func Search(s Services) []search.Source {
	return []search.Source{
		search.Of("Subscription", subscriptionList, s.Subscriptions.List, infallible(subscriptionMessage), "number", "name", "number"),
		search.Of("Account", accountList, s.Accounts.List, infallible(accountMessage), "display_name",
			"name", "number", "display_name", "account_owner.full_name"),
		search.Of("Contact", contactList, s.Accounts.Contacts.List, infallible(contactMessage), "info.full_name", "name", "info.full_name"),
		search.Of("InstalledItem", installedItemList, s.Catalogue.InstalledItems.List, infallible(installedItemMessage), "display_name",
			"name", "serial_number", "alternative_code", "display_name"),
		search.Of("Product", productList, s.Catalogue.Products.List, infallible(productMessage), "display_name", "name", "code", "display_name"),
		search.Of("SubscriptionType", subscriptionTypeList, s.Catalogue.SubscriptionTypes.List, infallible(subscriptionTypeMessage), "display_name",
			"name", "display_name", "alternative_code"),
		search.Of("AccountClassification", accountClassificationList, s.Catalogue.AccountClassifications.List, infallible(accountClassificationMessage), "display_name",
			"name", "display_name", "alternative_code"),
		search.Of("ActionType", actionTypeList, s.Catalogue.ActionTypes.List, infallible(actionTypeMessage), "display_name",
			"name", "display_name", "alternative_code"),
		search.Of("BillingTermScheme", billingTermSchemeList, s.Catalogue.BillingTermSchemes.List, infallible(billingTermSchemeMessage), "display_name",
			"name", "code", "display_name"),
		search.Of("Group", groupList, s.Catalogue.Groups.List, infallible(groupMessage), "display_name", "name", "display_name", "alternative_code"),
		search.Of("PrivacyLevel", privacyLevelList, s.Catalogue.PrivacyLevels.List, infallible(privacyLevelMessage), "display_name",
			"name", "number", "display_name"),
		search.Of("Organisation", organisationList, s.Organisations.Organisations.List, infallible(organisationMessage), "display_name",
			"name", "display_name"),
		search.Of("User", userList, s.Organisations.Users.List, infallible(userMessage), "display_name",
			"name", "user_name", "display_name", "email"),
	}
}
