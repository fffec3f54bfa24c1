package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials/idtoken"
	"cloud.google.com/go/compute/metadata"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// IDToken is an identity token: it says to the server at audience, a URL, who asks.
// People have one of their login, which every service takes; service accounts
// have one made for the audience.
func (a *Access) IDToken(ctx context.Context, audience string) (string, error) {
	const doing = "getting an identity token"
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
	if _, missing := errors.AsType[metadata.NotDefinedError](err); missing {
		// Inside of a build the metadata server has access tokens only.
		return a.ownIDToken(ctx, own.Value, audience)
	}
	return "", errs.New(errs.Auth, login, "%s: %w", doing, err)
}

// ownIDToken has a service account make an identity token of its own, which it
// needs a role for on itself.
func (a *Access) ownIDToken(ctx context.Context, access, audience string) (string, error) {
	const doing = "making an identity token"
	email, err := metadata.EmailWithContext(ctx, "default")
	if err != nil {
		return "", errs.New(errs.Auth, "", "%s: %w", doing, err)
	}
	hint := "Grant " + email + " the role roles/iam.serviceAccountOpenIdTokenCreator on itself."
	at := a.Endpoint(IAMCredentials)
	if at == "" {
		at = "https://iamcredentials.googleapis.com/"
	}
	body, _ := json.Marshal(map[string]any{"audience": audience, "includeEmail": true}) // texts: never fails
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at+"v1/projects/-/serviceAccounts/"+email+":generateIdToken", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+access)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", Error(err, doing)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return "", Error(err, doing)
	}
	var made struct {
		Token string `json:"token"`
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(answer, &made); err != nil || made.Token == "" {
		return "", errs.New(errs.Auth, hint, "%s for %s: %s", doing, email, fmt.Sprint(res.Status, " ", made.Error.Message))
	}
	return made.Token, nil
}
