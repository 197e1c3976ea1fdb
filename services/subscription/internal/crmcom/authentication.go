package crmcom

import (
	"cmp"
	"context"
	"net/http"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
)

// authentication serves crmcom.v2.AuthenticationService.
type authentication struct {
	crmcomv2.UnimplementedAuthenticationServiceServer
	service *organisation.Service
}

// CreateToken opens a session for a user name and password.
func (a *authentication) CreateToken(ctx context.Context, request *crmcomv2.CreateTokenRequest) (*crmcomv2.CreateTokenResponse, error) {
	of, err := organisationOf(request)
	if err != nil {
		return nil, err
	}
	token, err := a.service.SignIn(ctx, organisation.Credentials{
		Organisation: of, UserName: request.GetUsername(), Password: request.GetPassword(), Unit: request.GetUnit(),
	})
	if err != nil {
		return nil, err
	}
	return &crmcomv2.CreateTokenResponse{Status: okStatus(), Data: &crmcomv2.Token{Token: proto.String(token)}}, nil
}

// organisationOf returns the organisation under either of its names.
func organisationOf(request *crmcomv2.CreateTokenRequest) (string, error) {
	name, earlier := request.GetOrganisation(), request.GetOrganization()
	if name != "" && earlier != "" && name != earlier {
		return "", fault.InvalidField("organization", reason.Ambiguous, "differs from organisation; give one of them")
	}
	return cmp.Or(name, earlier), nil
}

// CreateWebApiKeyToken opens a session for a Web API key, which is sent as the user name of HTTP
// Basic authentication.
func (a *authentication) CreateWebApiKeyToken(ctx context.Context, request *crmcomv2.CreateWebApiKeyTokenRequest) (*crmcomv2.CreateWebApiKeyTokenResponse, error) {
	basic := http.Request{Header: http.Header{"Authorization": metadata.ValueFromIncomingContext(ctx, "authorization")}}
	key, _, _ := basic.BasicAuth()
	token, err := a.service.SignInWithKey(ctx, key, request.GetUnit())
	if err != nil {
		return nil, err
	}
	return &crmcomv2.CreateWebApiKeyTokenResponse{Status: okStatus(), Data: &crmcomv2.Token{Token: proto.String(token)}}, nil
}

// ReleaseToken ends a session.
func (a *authentication) ReleaseToken(ctx context.Context, request *crmcomv2.ReleaseTokenRequest) (*crmcomv2.ReleaseTokenResponse, error) {
	if err := a.service.SignOut(ctx, request.GetToken()); err != nil {
		return nil, err
	}
	return &crmcomv2.ReleaseTokenResponse{Status: okStatus()}, nil
}

// okStatus returns the status of a successful call. Message and description are null, as on the
// vendor's authentication page.
func okStatus() *crmcomv2.Status { return &crmcomv2.Status{Code: proto.String("OK")} }
