package crmcom_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/gateway/internal/crmcom"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

func TestRender(t *testing.T) {
	for _, test := range []struct {
		name   string
		failed *failure.Failure
		want   string
	}{
		{"message alone", failure.NoRoute("http://h/x"),
			`{"status":{"code":"NOT_FOUND","message":"No HTTP resource was found that matches the request URI 'http://h/x'.","description":null},"data":null}`},
		{"the body as a whole", failure.NoBody(),
			`{"status":{"code":"MISSING_PARAMETER","message":"A request body is required.","description":null},"data":null}`},
		{"parameters", failure.Body([]failure.Field{{Key: "a.b", Messages: []string{"one", "two"}}, {Key: "c", Messages: []string{"three"}}}, false),
			`{"status":{"code":"INVALID_PARAMETER","message":"a.b: one two; c: three","description":"a.b, c"},"data":null}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := crmcom.Render(test.failed, wire.JSON)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}
