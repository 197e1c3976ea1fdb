package subscription_test

import (
	"fmt"
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// TestContactsOwnAccounts gives two accounts a contact: both have what it has, also once it has changed, and one that is taken away leaves its owner.
func TestContactsOwnAccounts(t *testing.T) {
	f := startFixture(t)
	must, contacts := mustCreate(t), pb.NewContactServiceClient(f.connection)
	ann := &pb.ContactInfo{
		Type: pb.ContactType_CONTACT_TYPE_COMPANY, CompanyName: "Zane Ltd",
		CompanyProfile: &pb.CompanyProfile{AnnualTurnover: &decimal.Decimal{Value: "1000.50"}, RegisteredInCountry: &pb.Country{TwoCharacterCode: "FR"}, Industry: &pb.Industry{Code: "LAW"}},
	}
	made, err := contacts.CreateContact(t.Context(), &pb.CreateContactRequest{ContactId: "zane", Contact: &pb.Contact{Info: ann}})
	if err != nil || made.GetInfo().GetFullName() != "Zane Ltd" || made.GetInfo().GetId() != "zane" || made.GetInfo().GetState() != pb.ContactState_CONTACT_STATE_FINANCIAL {
		t.Fatalf("got %v, %v", made, err)
	}
	for _, id := range []string{"one", "two"} {
		owned, err := f.accounts.CreateAccount(t.Context(), &pb.CreateAccountRequest{AccountId: id, Account: &pb.Account{Number: id, DisplayName: id, Contact: "contacts/zane"}})
		if err != nil || !proto.Equal(owned.GetAccountOwner(), made.GetInfo()) {
			t.Errorf("got %v, %v", owned, err)
		}
	}
	before := f.entries(t)
	change := &pb.UpdateContactRequest{
		Contact: &pb.Contact{Name: "contacts/zane", Info: &pb.ContactInfo{CompanyName: "Zane & Co"}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"info.company_name"}},
	}
	preview := proto.Clone(change).(*pb.UpdateContactRequest)
	preview.ValidateOnly = true
	must(contacts.UpdateContact(t.Context(), preview))
	if after := f.entries(t); len(after) != len(before) {
		t.Errorf("a preview changed %v", after[len(before):])
	}
	must(contacts.UpdateContact(t.Context(), change))
	if after := f.entries(t); len(after) != len(before)+3 {
		t.Errorf("changed are %v, want the contact and its two accounts", after[len(before):])
	}
	owned, err := f.accounts.ListAccounts(t.Context(), &pb.ListAccountsRequest{Filter: `contact = "contacts/zane"`})
	if err != nil || len(owned.GetAccounts()) != 2 {
		t.Fatalf("got %v, %v", owned, err)
	}
	for _, one := range owned.GetAccounts() {
		if owner := one.GetAccountOwner(); owner.GetFullName() != "Zane & Co" || owner.GetCompanyProfile().GetIndustry().GetCode() != "LAW" {
			t.Errorf("got %v", owner)
		}
	}
	must(contacts.UpdateContact(t.Context(), &pb.UpdateContactRequest{Contact: &pb.Contact{Name: "contacts/zane", Inactive: true}}))
	must(f.accounts.UpdateAccount(t.Context(), &pb.UpdateAccountRequest{Account: &pb.Account{Name: "accounts/two", DisplayName: "Second"}}))
	named := func(id, path string, change *pb.Account) error {
		change.Name = "accounts/" + id
		_, err := f.accounts.UpdateAccount(t.Context(), &pb.UpdateAccountRequest{Account: change, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}})
		return err
	}
	for _, c := range []struct {
		err     error
		refused rejection
	}{
		{named("one", "account_owner.given_name", &pb.Account{AccountOwner: &pb.ContactInfo{GivenName: "Ann"}}), rejection{codes.InvalidArgument, "INCONSISTENT", "account.account_owner"}},
		{named("one", "contact", &pb.Account{Contact: "contacts/nobody"}), rejection{codes.NotFound, "NOT_FOUND", "account.contact"}},
		{created(f.accounts.CreateAccount(t.Context(), &pb.CreateAccountRequest{Account: &pb.Account{Number: "3", DisplayName: "3", Contact: "contacts/zane"}})), rejection{codes.InvalidArgument, "INACTIVE", "account.contact"}},
		{created(f.accounts.CreateAccount(t.Context(), &pb.CreateAccountRequest{Account: &pb.Account{Number: "3", DisplayName: "3"}})), rejection{codes.InvalidArgument, "REQUIRED", "account.account_owner"}},
		{deleted(contacts.DeleteContact(t.Context(), &pb.DeleteContactRequest{Name: "contacts/zane"})), rejection{codes.FailedPrecondition, "IN_USE", ""}},
	} {
		expectRejection(t, c.err, c.refused)
	}
	if err := named("one", "contact", &pb.Account{}); err != nil {
		t.Error(err)
	}
	if err := named("one", "account_owner.company_name", &pb.Account{AccountOwner: &pb.ContactInfo{CompanyName: "Alone"}}); err != nil {
		t.Error(err)
	}
	alone, err := f.accounts.GetAccount(t.Context(), &pb.GetAccountRequest{Name: "accounts/one"})
	if err != nil || alone.GetContact() != "" || alone.GetAccountOwner().GetFullName() != "Alone" || alone.GetAccountOwner().GetId() == "zane" {
		t.Errorf("got %v, %v", alone, err)
	}
}

// created and deleted return the error of a call.
func created(_ *pb.Account, err error) error { return err }

func deleted(_ any, err error) error { return err }

// TestNewSubscribersKeepWhatIsGiven creates accounts by the contract with a description, notes and user defined fields, one of which is defined.
func TestNewSubscribersKeepWhatIsGiven(t *testing.T) {
	f := startFixture(t)
	must := mustCreate(t)
	must(pb.NewSettingsServiceClient(f.connection).UpdateSettings(t.Context(), &pb.UpdateSettingsRequest{Settings: &pb.Settings{
		Name: "settings", UserFieldDefinitions: []*pb.UserFieldDefinition{{
			Object: pb.UserFieldDefinition_OBJECT_ACCOUNT, Field: "udf_string_1", Label: "Region", Mandatory: true, AllowedValues: []string{"North", "South"},
		}, {Object: pb.UserFieldDefinition_OBJECT_ACCOUNT, Field: "udf_string_2", Label: "Card no.", Unique: true}},
	}}))
	create := func(given *crmcomv2.SubscriberAccount) error {
		given.Action, given.Name = proto.String("NEW"), proto.String("Donna")
		given.ClassificationIdentifier = &crmcomv2.AccountClassificationIdentifier{Name: proto.String("Private")}
		_, err := crmcomv2.NewSubscriptionCreationServiceClient(f.connection).CreateSubscription(t.Context(), &crmcomv2.CreateSubscriptionRequest{
			Token: proto.String(demoToken), BusinessClassificationCode: proto.String("CREATE_DRAFT_SUBSCRIPTION"),
			TypeIdentifier: &crmcomv2.SubscriptionTypeIdentifier{AlternativeCode: proto.String("UK")}, AccountsReceivable: given,
		})
		return err
	}
	expectRejection(t, create(&crmcomv2.SubscriberAccount{}), rejection{codes.InvalidArgument, "REQUIRED", "accounts_receivable.udf_string_1"})
	expectRejection(t, create(&crmcomv2.SubscriberAccount{UdfString_1: proto.String("West")}), rejection{codes.InvalidArgument, "INVALID_VALUE", "accounts_receivable.udf_string_1"})
	expectRejection(t, create(&crmcomv2.SubscriberAccount{UdfString_1: proto.String("North"), UdfDate_1: proto.String("soon")}),
		rejection{codes.InvalidArgument, "INVALID_VALUE", "accounts_receivable.udf_date_1"})
	if err := create(&crmcomv2.SubscriberAccount{
		Description: proto.String("A friend"), Notes: proto.String("Calls"), UdfString_1: proto.String("South"), UdfString_2: proto.String("7"), UdfFloat_2: &decimal.Decimal{Value: "1.50"},
	}); err != nil {
		t.Fatal(err)
	}
	taken := &crmcomv2.SubscriberAccount{UdfString_1: proto.String("South"), UdfString_2: proto.String("7")}
	expectRejection(t, create(taken), rejection{codes.AlreadyExists, "ALREADY_EXISTS", "accounts_receivable.udf_string_2"})
	found, err := f.accounts.ListAccounts(t.Context(), &pb.ListAccountsRequest{Filter: `display_name = "Donna"`})
	if err != nil || len(found.GetAccounts()) != 1 {
		t.Fatalf("got %v, %v", found, err)
	}
	kept := found.GetAccounts()[0]
	fields := kept.GetUserDefinedFields()
	if kept.GetDescription() != "A friend" || kept.GetNotes() != "Calls" || fields.GetStrings()[1] != "South" || fields.GetFloats()[2].GetValue() != "1.50" {
		t.Errorf("got %v", kept)
	}
	for reason, invalid := range map[string]*pb.UserDefinedFields{"REQUIRED": {}, "INVALID_VALUE": {Strings: map[int32]string{1: "West"}}} {
		_, err := f.accounts.UpdateAccount(t.Context(), &pb.UpdateAccountRequest{
			Account: &pb.Account{Name: kept.GetName(), UserDefinedFields: invalid}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"user_defined_fields"}},
		})
		expectRejection(t, err, rejection{codes.InvalidArgument, reason, "account.user_defined_fields.strings[1]"})
	}
}

// TestOwnersThatEqualTheContactAreAccepted states the owner of an account as the contact was made, and as another one.
func TestOwnersThatEqualTheContactAreAccepted(t *testing.T) {
	f := startFixture(t)
	contacts := pb.NewContactServiceClient(f.connection)
	zane := func(id string) *pb.ContactInfo {
		return &pb.ContactInfo{Id: id, Type: pb.ContactType_CONTACT_TYPE_COMPANY, CompanyName: "Zane Ltd"}
	}
	make := func(id string) error {
		_, err := contacts.CreateContact(t.Context(), &pb.CreateContactRequest{ContactId: "zane", Contact: &pb.Contact{Info: zane(id)}})
		return err
	}
	expectRejection(t, make("other"), rejection{codes.InvalidArgument, "INCONSISTENT", "contact.info.id"})
	if err := make("zane"); err != nil {
		t.Fatal(err)
	}
	number := 0
	own := func(id string) error {
		number++
		return created(f.accounts.CreateAccount(t.Context(), &pb.CreateAccountRequest{
			Account: &pb.Account{Number: fmt.Sprint("Z", number), DisplayName: "Z", Contact: "contacts/zane", AccountOwner: zane(id)},
		}))
	}
	expectRejection(t, own("other"), rejection{codes.InvalidArgument, "INCONSISTENT", "account.account_owner.id"})
	for _, id := range []string{"", "zane"} {
		if err := own(id); err != nil {
			t.Errorf("id %q: %v", id, err)
		}
	}
}

// TestAContactOwnsSoManyAccounts gives a contact as many accounts as it can own, and another one.
func TestAContactOwnsSoManyAccounts(t *testing.T) {
	const most = 1000
	f := startFixture(t)
	mustCreate(t)(pb.NewContactServiceClient(f.connection).CreateContact(t.Context(), &pb.CreateContactRequest{
		ContactId: "zane", Contact: &pb.Contact{Info: &pb.ContactInfo{Type: pb.ContactType_CONTACT_TYPE_COMPANY, CompanyName: "Zane Ltd"}},
	}))
	own := func(number int) error {
		return created(f.accounts.CreateAccount(t.Context(), &pb.CreateAccountRequest{
			AccountId: fmt.Sprint("z", number), Account: &pb.Account{Number: fmt.Sprint("Z", number), DisplayName: "Z", Contact: "contacts/zane"},
		}))
	}
	for number := range most {
		if err := own(number); err != nil {
			t.Fatal(number, err)
		}
	}
	full := rejection{codes.FailedPrecondition, "TOO_MANY", "account.contact"}
	expectRejection(t, own(most), full)
	change := func(id, contact string) error {
		_, err := f.accounts.UpdateAccount(t.Context(), &pb.UpdateAccountRequest{
			Account:    &pb.Account{Name: "accounts/" + id, Contact: contact},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"contact"}},
		})
		return err
	}
	for _, contact := range []string{"", "contacts/zane"} {
		if err := change("z1", contact); err != nil {
			t.Error(err)
		}
	}
	mustCreate(t)(f.accounts.CreateAccount(t.Context(), &pb.CreateAccountRequest{AccountId: "own", Account: &pb.Account{
		Number: "own", DisplayName: "own", AccountOwner: &pb.ContactInfo{Type: pb.ContactType_CONTACT_TYPE_COMPANY, CompanyName: "Own"},
	}}))
	expectRejection(t, change("own", "contacts/zane"), full)
}
