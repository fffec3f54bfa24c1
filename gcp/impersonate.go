package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"google.golang.org/api/googleapi"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// impersonation gets tokens of a service account, with those of others, each of
// which may make tokens of the next.
type impersonation struct {
	client    *http.Client
	url       string
	delegates []string
	target    string
	by        func() caller // who impersonates
}

var _ auth.TokenProvider = impersonation{}

// impersonated are the credentials of the configuration's last account, got with
// base by way of the ones before it.
func (c Config) impersonated(base *auth.Credentials) *auth.Credentials {
	at := c.Endpoint(IAMCredentials)
	if at == "" {
		at = "https://iamcredentials.googleapis.com/"
	}
	n := len(c.Impersonate) - 1
	p := impersonation{
		client: &http.Client{Transport: c.transport(at, func() (*auth.Credentials, error) { return base, nil })},
		url:    strings.TrimSuffix(at, "/") + "/v1/" + accountName(c.Impersonate[n]) + ":generateAccessToken",
		target: c.Impersonate[n],
	}
	own := c
	own.Impersonate = nil
	p.by = (&Access{Config: own}).caller
	for _, d := range c.Impersonate[:n] {
		p.delegates = append(p.delegates, accountName(d))
	}
	// It is a service account's: what is charged is its own project, unless one is named.
	return quotaOf(auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: auth.NewCachedTokenProvider(p, nil)}), c.QuotaProject)
}

func accountName(email string) string { return "projects/-/serviceAccounts/" + email }

// Token implements auth.TokenProvider.
func (p impersonation) Token(ctx context.Context) (*auth.Token, error) {
	doing := "impersonating " + p.target
	body, err := json.Marshal(map[string]any{"delegates": p.delegates, "scope": []string{scope}, "lifetime": "3600s"})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return nil, errs.New(errs.Usage, "", "%s: %w", doing, err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(r)
	if err != nil {
		return nil, p.failed(err, doing)
	}
	defer res.Body.Close()
	if err := googleapi.CheckResponse(res); err != nil {
		return nil, p.failed(err, doing)
	}
	var got struct {
		AccessToken string    `json:"accessToken"`
		ExpireTime  time.Time `json:"expireTime"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&got); err != nil || got.AccessToken == "" {
		return nil, errs.New(errs.Internal, "", "%s: the answer has no token", doing)
	}
	return &auth.Token{Value: got.AccessToken, Type: "Bearer", Expiry: got.ExpireTime}, nil
}

// failed is the error of a token that was not made. Google does not say who may not
// impersonate; of several accounts it may be each, of the one after it.
func (p impersonation) failed(err error, doing string) error {
	err = Error(err, doing)
	if kind := errs.KindOf(err); kind != errs.Auth && kind != errs.NotFound {
		return err
	}
	first := p.target
	if len(p.delegates) > 0 {
		first = accounts(p.delegates[:1])[0]
	}
	hint := lack{permission: "iam.serviceAccounts.getAccessToken", resource: "serviceAccounts/" + first}.grant(p.by())
	if first != p.target {
		hint += " So does each account of the chain need it on the next one."
	}
	return errs.New(errs.Auth, hint+" Check the names, too.", "%w", err)
}
