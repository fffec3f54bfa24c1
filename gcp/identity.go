package gcp

import (
	"context"
	"strings"
	"time"
)

const accessToken = "access token"

// Identity is who calls Google, as far as files and variables say: nobody was
// asked. Its zero fields are not known.
type Identity struct {
	Email     string    `json:"account,omitempty"`
	Kind      string    `json:"kind"`                // "user", "service account key", …
	From      string    `json:"from"`                // the file, the variable, or the metadata server
	Since     time.Time `json:"since,omitzero"`      // when the file was written
	Principal string    `json:"principal,omitempty"` // workload identity pool's provider, where there is no account
	// Chain is who is impersonated, the last being the account that calls are made as.
	Chain []string `json:"impersonates,omitempty"`
	// QuotaProject is charged for a user's calls.
	QuotaProject string `json:"quota_project,omitempty"`
	User         bool   `json:"-"` // a person, not an account of a program
}

// String is the identity in a few words.
func (i Identity) String() string {
	who := i.Email
	if who == "" {
		who = i.Principal
	}
	if who == "" {
		return i.Kind
	}
	if len(i.Chain) > 1 {
		who += " by way of " + strings.Join(i.Chain[:len(i.Chain)-1], ", ")
	}
	return who + ", " + i.Kind
}

// Identity says who calls. It opens files, and asks no server; an error is one of
// credentials that nobody could use.
func (c Config) Identity() (id Identity, err error) {
	if len(c.Key.JSON) > 0 && !c.anyPlain() {
		d, err := c.Key.defaults()
		if err != nil {
			return Identity{From: d.from}, err
		}
		id = d.identity()
		id.QuotaProject = d.file.QuotaProject
	} else if c.TokenFile != "" {
		id = Identity{Kind: accessToken, From: c.TokenFile}
	} else {
		d, err := findDefaults()
		if err != nil {
			return Identity{From: d.from}, err
		}
		id = d.identity()
		id.QuotaProject = d.file.QuotaProject
	}
	if c.QuotaProject != "" {
		id.QuotaProject = c.QuotaProject
	}
	if n := len(c.Impersonate); n > 0 {
		id.Chain = append(id.Chain, c.Impersonate...)
		id.Email, id.User, id.Principal = c.Impersonate[n-1], false, ""
		id.Kind = "impersonated by " + id.Kind
	}
	return id, nil
}

// Expiry is until when the access token in use is good; it gets one where there is
// none. Zero: the token does not say.
func (a *Access) Expiry(ctx context.Context) (time.Time, error) {
	creds, err := a.credentials()
	if err != nil {
		return time.Time{}, err
	}
	t, err := creds.Token(ctx)
	if err != nil {
		return time.Time{}, a.Error(err, "", gettingToken)
	}
	return t.Expiry, nil
}
