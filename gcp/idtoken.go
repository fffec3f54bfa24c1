package gcp

import (
	"context"
	"errors"
	"net/http"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials/idtoken"
	"cloud.google.com/go/compute/metadata"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// IDToken is an identity token: it says to the server at audience, a URL, who asks.
// People have one of their login, which every service takes; service accounts
// have one made for the audience.
func (a *Access) IDToken(ctx context.Context, audience string) (string, error) {
	const doing = "getting an identity token"
	if n := len(a.Impersonate); n > 0 {
		return a.madeIDToken(ctx, a.Impersonate[n-1], audience)
	}
	if a.As == rights.Builds && a.Account != "" { // inside of a build the metadata server has access tokens only
		token, err := a.madeIDToken(ctx, a.Account, audience)
		if errs.KindOf(err) != errs.NotFound || !loopback(audience) {
			return token, err
		} // the emulators let builds run as accounts that are not there
	}
	if a.TokenFile != "" {
		if !loopback(audience) {
			return "", errs.New(errs.Auth, "Unset "+tokenFile+" for this, and run `gcloud auth application-default login`.",
				"%s for %s: an access token in a file is none", doing, audience)
		}
		return a.Token(ctx) // the emulators know who that is
	}
	creds, err := a.credentials()
	if err != nil {
		return "", err
	}
	own, err := creds.Token(ctx)
	if err != nil {
		return "", Error(err, doing)
	}
	if token := own.MetadataString("id_token"); token != "" {
		return token, nil
	}
	made, err := idtoken.NewCredentials(&idtoken.Options{Audience: audience})
	if err == nil {
		var token *auth.Token
		if token, err = made.Token(ctx); err == nil {
			return token.Value, nil
		}
	}
	if _, missing := errors.AsType[metadata.NotDefinedError](err); missing { // a build's, of an account that nobody named
		email, err := metadata.EmailWithContext(ctx, "default")
		if err != nil {
			return "", errs.New(errs.Auth, "", "%s: %w", doing, err)
		}
		return a.madeIDToken(ctx, email, audience)
	}
	return "", errs.New(errs.Auth, login, "%s: %w", doing, err)
}

// madeIDToken has Google make an identity token of a service account: of our own,
// which needs a role for it on itself, or of the one that is impersonated.
func (a *Access) madeIDToken(ctx context.Context, email, audience string) (string, error) {
	base, by := a, ofBuilds(email)
	var delegates []string
	if n := len(a.Impersonate); n > 0 {
		own := a.Config
		own.Impersonate = nil
		base = New(own)
		defer base.Close()
		by = base.caller()
		for _, d := range a.Impersonate[:n-1] {
			delegates = append(delegates, accountName(d))
		}
	}
	const doing = "making an identity token"
	var made struct {
		Token string `json:"token"`
	}
	err := NewJSON(base, IAMCredentials).Call(ctx, doing+" of "+email, http.MethodPost, "v1/"+accountName(email)+":generateIdToken",
		map[string]any{"audience": audience, "includeEmail": true, "delegates": delegates}, &made)
	if errs.KindOf(err) == errs.Auth && Disabled(err) == "" {
		return "", errs.New(errs.Auth, lack{permission: "iam.serviceAccounts.getOpenIdToken", resource: accountName(email)}.grant(by), "%w", err)
	}
	return made.Token, err
}
