package gateway

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

const sedonaModels = ` xmlns="http://schemas.datacontract.org/2004/07/SedonaServices.Models"`

// TestSedonaSiblingsBindInEveryMediaType sends the same line, change and master account in every
// media type that the PUT of a line accepts.
func TestSedonaSiblingsBindInEveryMediaType(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		method, path            string
		jsonBody, xmlBody, form string
		status                  int
		want                    proto.Message
	}{
		{
			"POST", "/API/CustomerRecurring/",
			`{"CustomerId":1,"CustomerBillId":"0","CustomerSiteId":2,"customerSystemId":3,"ItemCode":"RMR","BillCycle":"M","MonthlyAmount":29.95,"CycleStartDate":"01/31/2026","NextCycleDate":"2026-01-31"}`,
			`<CustomerRecurring` + sedonaModels + `><NextCycleDate>2026-01-31</NextCycleDate><CycleStartDate>01/31/2026</CycleStartDate><BillCycle>M</BillCycle><CustomerBillId>0</CustomerBillId><CustomerId>1</CustomerId><CustomerSiteId>2</CustomerSiteId><CustomerSystemId>3</CustomerSystemId><ItemCode>RMR</ItemCode><MonthlyAmount>29.95</MonthlyAmount></CustomerRecurring>`,
			`CustomerId=1&CustomerBillId=0&CustomerSiteId=2&CustomerSystemId=3&ItemCode=RMR&BillCycle=M&MonthlyAmount=29.95&CycleStartDate=01%2F31%2F2026&NextCycleDate=2026-01-31`,
			http.StatusOK,
			&sedonav1.CreateCustomerRecurringRequest{CustomerRecurring: &sedonav1.CustomerRecurringCreate{
				CustomerId: proto.Int32(1), CustomerBillId: proto.Int32(0), CustomerSiteId: proto.Int32(2), CustomerSystemId: proto.Int32(3),
				ItemCode: proto.String("RMR"), BillCycle: proto.String("M"), MonthlyAmount: &decimal.Decimal{Value: "29.95"},
				CycleStartDate: proto.String("01/31/2026"), NextCycleDate: proto.String("2026-01-31"),
			}},
		},
		{
			"POST", "/api/customerrecurring/007/rateCHANGE",
			`{"BillCycle":"M","MonthlyAmount":"35.5","EffectiveDate":"06/01/2026","RMRReasonCode":"PRICE"}`,
			`<CustomerRecurringChange` + sedonaModels + `><RMRReasonCode>PRICE</RMRReasonCode><BillCycle>M</BillCycle><EffectiveDate>06/01/2026</EffectiveDate><MonthlyAmount>35.5</MonthlyAmount></CustomerRecurringChange>`,
			`BillCycle=M&MonthlyAmount=35.5&EffectiveDate=06%2F01%2F2026&RMRReasonCode=PRICE`,
			http.StatusNoContent,
			&sedonav1.ChangeCustomerRecurringRequest{Id: 7, Option: "rateCHANGE", CustomerRecurringChange: &sedonav1.CustomerRecurringChange{
				BillCycle: proto.String("M"), MonthlyAmount: &decimal.Decimal{Value: "35.5"}, EffectiveDate: proto.String("06/01/2026"), RmrReasonCode: proto.String("PRICE"),
			}},
		},
		{
			"PUT", "/api/MasterAccount/2",
			`{"MasterAccountId":2,"Description":"All","Inactive":"true","Unknown":1}`,
			`<MasterAccount` + sedonaModels + `><Description>All</Description><Inactive>true</Inactive><MasterAccountId>2</MasterAccountId></MasterAccount>`,
			`MasterAccountId=2&Description=All&Inactive=true`,
			http.StatusNoContent,
			&sedonav1.UpdateMasterAccountRequest{Id: 2, MasterAccount: &sedonav1.MasterAccount{
				MasterAccountId: proto.Int32(2), Description: proto.String("All"), Inactive: proto.Bool(true),
			}},
		},
		{
			"POST", "/api/CustomerBill",
			`{"CustomerId":7,"IsCommercial":false,"BillName":"Doe","Zip":"48170","ZipExt":"1234","BranchCode":"N/A","EmailInvoices":"true","IsPrimary":true}`,
			`<CustomerBill` + sedonaModels + `><BillName>Doe</BillName><BranchCode>N/A</BranchCode><CustomerId>7</CustomerId><EmailInvoices>true</EmailInvoices><IsCommercial>false</IsCommercial><IsPrimary>true</IsPrimary><Zip>48170</Zip><ZipExt>1234</ZipExt></CustomerBill>`,
			`CustomerId=7&IsCommercial=false&BillName=Doe&Zip=48170&ZipExt=1234&BranchCode=N%2FA&EmailInvoices=true&IsPrimary=true`,
			http.StatusOK,
			&sedonav1.CreateCustomerBillRequest{CustomerBill: &sedonav1.CustomerBill{
				CustomerId: proto.Int32(7), IsCommercial: proto.Bool(false), BillName: proto.String("Doe"), Zip: proto.String("48170"), ZipExt: proto.String("1234"),
				BranchCode: proto.String("N/A"), EmailInvoices: proto.Bool(true), IsPrimary: proto.Bool(true),
			}},
		},
		{
			"PUT", "/api/customerbill/5",
			`{"CustomerBillId":5,"CustomerId":7,"BillName":"Doe","CountryAbbrev":"USA","Inactive":true,"BusinessName2":"Doe Ltd"}`,
			`<CustomerBill` + sedonaModels + `><BillName>Doe</BillName><BusinessName2>Doe Ltd</BusinessName2><CountryAbbrev>USA</CountryAbbrev><CustomerBillId>5</CustomerBillId><CustomerId>7</CustomerId><Inactive>true</Inactive></CustomerBill>`,
			`CustomerBillId=5&CustomerId=7&BillName=Doe&CountryAbbrev=USA&Inactive=true&BusinessName2=Doe+Ltd`,
			http.StatusNoContent,
			&sedonav1.UpdateCustomerBillRequest{Id: 5, CustomerBill: &sedonav1.CustomerBill{
				CustomerBillId: proto.Int32(5), CustomerId: proto.Int32(7), BillName: proto.String("Doe"), CountryAbbrev: proto.String("USA"), Inactive: proto.Bool(true), BusinessName2: proto.String("Doe Ltd"),
			}},
		},
		{
			"POST", "/api/CustomerRecurringProrate",
			`{"CustomerRecurringId":3,"CycleAmount":168.5,"EffectiveDate":"02/14/2026","EndDate":"12/30/1899","BillCycle":"Q","RMRReasonCode":"PRICE","CreditReasonCode":"FAULT","Commit":true,"BillAmount":1}`,
			`<CustomerRecurringProrate` + sedonaModels + `><BillAmount>1</BillAmount><BillCycle>Q</BillCycle><Commit>true</Commit><CreditReasonCode>FAULT</CreditReasonCode><CustomerRecurringId>3</CustomerRecurringId><CycleAmount>168.5</CycleAmount><EffectiveDate>02/14/2026</EffectiveDate><EndDate>12/30/1899</EndDate><RMRReasonCode>PRICE</RMRReasonCode></CustomerRecurringProrate>`,
			`CustomerRecurringId=3&CycleAmount=168.5&EffectiveDate=02%2F14%2F2026&EndDate=12%2F30%2F1899&BillCycle=Q&RMRReasonCode=PRICE&CreditReasonCode=FAULT&Commit=true&BillAmount=1`,
			http.StatusOK,
			&sedonav1.ProrateCustomerRecurringRequest{CustomerRecurringProrate: &sedonav1.CustomerRecurringProrate{
				CustomerRecurringId: proto.Int32(3), CycleAmount: &decimal.Decimal{Value: "168.5"}, EffectiveDate: proto.String("02/14/2026"), EndDate: proto.String("12/30/1899"), BillCycle: proto.String("Q"),
				RmrReasonCode: proto.String("PRICE"), CreditReasonCode: proto.String("FAULT"), Commit: proto.Bool(true), BillAmount: &decimal.Decimal{Value: "1"},
			}},
		},
	} {
		for contentType, body := range map[string]string{
			"application/json": test.jsonBody, "text/json": test.jsonBody, "application/xml": test.xmlBody, "text/xml": test.xmlBody,
			"application/x-www-form-urlencoded": test.form,
		} {
			t.Run(test.path+" as "+contentType, func(t *testing.T) {
				got := request{test.method, test.path, contentType, body}.send(t, server.URL, "Authorization", "Basic eDp5")
				calls := backend.take()
				if got.status != test.status || len(calls) != 1 {
					t.Fatalf("got %d %s, %d calls", got.status, got.text, len(calls))
				}
				if !proto.Equal(calls[0].request, test.want) {
					t.Errorf("got %v, want %v", calls[0].request, test.want)
				}
				if authorization := calls[0].metadata.Get("authorization"); len(authorization) != 1 || authorization[0] != "Basic eDp5" {
					t.Errorf("got authorization %v", authorization)
				}
			})
		}
	}
}

func TestSedonaSiblingsNeedTheirRequiredMembers(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for path, members := range map[string][]string{
		"/api/customerrecurring": {"CustomerId", "CustomerSiteId", "CustomerSystemId", "CustomerBillId", "ItemCode", "BillCycle",
			"MonthlyAmount", "CycleStartDate", "NextCycleDate"},
		"/api/customerbill":               {"CustomerId", "BillName"},
		"/api/CustomerRecurringProrate":   {"CustomerRecurringId", "EffectiveDate"},
		"/api/customerrecurring/1/Cancel": {"BillCycle", "MonthlyAmount", "EffectiveDate", "RMRReasonCode"},
	} {
		got := request{"POST", path, "application/json", "{}"}.send(t, server.URL)
		if got.status != http.StatusBadRequest || len(backend.take()) != 0 {
			t.Errorf("%s: got %d %s", path, got.status, got.text)
		}
		for _, member := range members {
			if !strings.Contains(got.text, `"model.`+member+`"`) {
				t.Errorf("%s: %s is missing in %s", path, member, got.text)
			}
		}
	}
}

func TestSedonaSiblingResponses(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.answers(&sedonav1.ListMasterAccountsResponse{MasterAccounts: []*sedonav1.MasterAccount{{MasterAccountId: proto.Int32(1), MasterAccountCode: proto.String("M")}}}, nil)
	got := request{"GET", "/api/masteraccount", "", ""}.send(t, server.URL, "Accept", "text/xml")
	want := `<ArrayOfMasterAccount xmlns:i="http://www.w3.org/2001/XMLSchema-instance"` + sedonaModels +
		`><MasterAccount><CustomerId>0</CustomerId><Description i:nil="true" /><Inactive>false</Inactive>` +
		`<MasterAccountBilling>false</MasterAccountBilling><MasterAccountCode>M</MasterAccountCode><MasterAccountId>1</MasterAccountId></MasterAccount></ArrayOfMasterAccount>`
	if compact := strings.ReplaceAll(got.text, `"/>`, `" />`); got.status != http.StatusOK || compact != want {
		t.Errorf("got %d %s\nwant %s", got.status, got.text, want)
	}
	backend.answers(&sedonav1.ListCustomerRecurringResponse{}, nil)
	got = request{"GET", "/api/customerrecurring/5/ByCustomerId", "", ""}.send(t, server.URL)
	if got.status != http.StatusOK || got.text != "[]" {
		t.Errorf("got %d %s, want an empty list", got.status, got.text)
	}
	conflict := status.New(codes.FailedPrecondition, "line 1 is cancelled")
	backend.answers(nil, conflict.Err())
	change := request{"POST", "/api/customerrecurring/1/Cancel", "application/json", `{"BillCycle":"M","MonthlyAmount":1,"EffectiveDate":"06/01/2026","RMRReasonCode":"X"}`}
	if got = change.send(t, server.URL); got.status != http.StatusConflict || got.text != `{"Message":"line 1 is cancelled"}` {
		t.Errorf("got %d %s", got.status, got.text)
	}
	bad, err := status.New(codes.InvalidArgument, "x").WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: "customer_recurring_change.rmr_reason_code", Description: "must be given"}, {Field: "option", Description: "must be RateChange or Cancel"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	backend.answers(nil, bad.Err())
	if got = change.send(t, server.URL); got.status != http.StatusBadRequest ||
		got.text != `{"Message":"The request is invalid.","ModelState":{"model.RMRReasonCode":["must be given"],"option":["must be RateChange or Cancel"]}}` {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

// TestSedonaRecordsAreAnsweredInTheOrderOfTheirPages reads each record as JSON, whose members stand in the order of the vendor's
// page, and as XML, whose elements stand in the order of their names.
func TestSedonaRecordsAreAnsweredInTheOrderOfTheirPages(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		request request
		answer  proto.Message
		record  string
		members string
	}{
		{
			request{"GET", "/api/customerrecurring/3", "", ""},
			&sedonav1.GetCustomerRecurringResponse{CustomerRecurring: &sedonav1.CustomerRecurring{CustomerRecurringId: proto.Int32(3)}}, "CustomerRecurring",
			"CustomerRecurringId CustomerId CustomerBillId CustomerSiteId CustomerSystemId ItemCode BillCycle MonthlyAmount CycleStartDate CycleEndDate LastCycleDate NextCycleDate " +
				"PendingAmt JobCode IsCancelled CancelledRMRTrackingId LastRateIncrease MasterItemCode MasterAccountCode CycleAmount BillOnDay UserDescription InvoiceItemMemo BranchCode " +
				"RMRReasonCode RMRTrackingComments UserCode",
		},
		{
			request{"GET", "/api/customerbill/3", "", ""},
			&sedonav1.GetCustomerBillResponse{CustomerBill: &sedonav1.CustomerBill{CustomerBillId: proto.Int32(3)}}, "CustomerBill",
			"CustomerBillId CustomerId IsCommercial BillName Address1 Address2 Address3 City State Zip County ZipExt CountryAbbrev Phone1 Phone2 Fax Email IsPrimary Inactive BranchCode " +
				"EmailInvoices BusinessName2",
		},
		{
			request{"GET", "/api/customerinvoice/3", "", ""},
			&sedonav1.GetCustomerInvoiceResponse{CustomerInvoice: &sedonav1.CustomerInvoice{InvoiceId: proto.Int32(3)}}, "CustomerInvoice",
			"InvoiceId InvoiceNumber JobCode InvoiceType CustomerId CustomerSiteId CustomerSiteAddress CustomerSiteName InvoiceDate InvoiceDateFormatted IssueDate CategoryCode Amount " +
				"Credit Payment NetDue AdvanceDeposit TaxAmount TermCode PONumber SalespersonCode InvoiceDescriptionCode ServiceStartDate",
		},
		{
			request{"POST", "/api/CustomerRecurringProrate", "application/json", `{"CustomerRecurringId":3,"EffectiveDate":"02/14/2026"}`},
			&sedonav1.ProrateCustomerRecurringResponse{CustomerRecurringProrate: &sedonav1.CustomerRecurringProrate{CustomerRecurringId: proto.Int32(3)}}, "CustomerRecurringProrate",
			"CustomerRecurringId MonthlyAmount CycleAmount EffectiveDate EndDate BillCycle RMRReasonCode RMRTrackingComments CreditReasonCode InvoiceDescriptionCode UserCode Commit " +
				"CreditAmount BillAmount",
		},
	} {
		t.Run(test.record, func(t *testing.T) {
			want := strings.Fields(test.members)
			backend.answers(test.answer, nil)
			if got := test.request.send(t, server.URL); got.status != http.StatusOK || !slices.Equal(jsonMembers(t, got.text), want) {
				t.Errorf("got %d %s, want the members %v", got.status, got.text, want)
			}
			backend.answers(test.answer, nil)
			got := test.request.send(t, server.URL, "Accept", "application/xml")
			slices.Sort(want)
			if root, elements := xmlElements(t, got.text); got.status != http.StatusOK || root != test.record || !slices.Equal(elements, want) {
				t.Errorf("got %d %s, want the elements %v", got.status, got.text, want)
			}
		})
	}
}

// jsonMembers returns the names of an object's members in their order. The object holds no other objects.
func jsonMembers(t *testing.T, text string) (names []string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	for i := -1; ; i++ {
		token, err := decoder.Token()
		if err != nil || token == json.Delim('}') {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			return names
		}
		if i >= 0 && i%2 == 0 {
			names = append(names, fmt.Sprint(token))
		}
	}
}

// xmlElements returns the name of the root, and those of its children in their order.
func xmlElements(t *testing.T, text string) (root string, children []string) {
	t.Helper()
	var document struct {
		XMLName  xml.Name
		Children []struct{ XMLName xml.Name } `xml:",any"`
	}
	if err := xml.Unmarshal([]byte(text), &document); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	for _, child := range document.Children {
		children = append(children, child.XMLName.Local)
	}
	return document.XMLName.Local, children
}
