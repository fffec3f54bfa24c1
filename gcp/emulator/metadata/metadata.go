// Package metadata emulates the metadata server that Google's machines have, as
// far as steps of builds use it: the project, where the machine is, and the
// account with its tokens. It knows no network: who asks, and so what is told, is
// found out by who makes the Handler.
package metadata

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Instance is a machine as those that run on it see it.
type Instance struct {
	ID      string // a number
	Project string
	Number  string // of the project
	Region  string
	Account string // e-mail of the service account
	Token   func() (token string, life time.Duration)
	// Identity makes an identity token for an audience.
	Identity func(audience string) (string, error)
}

// Scope is the one that the account's tokens have.
const Scope = "https://www.googleapis.com/auth/cloud-platform"

// Env are the variables by which Google's libraries and gcloud find a server
// elsewhere than at its own name and address: at HOST, HOST:PORT or HOST:PORT/PATH.
func Env(at string) []string {
	return []string{"GCE_METADATA_HOST=" + at, "GCE_METADATA_IP=" + at, "GCE_METADATA_ROOT=" + at}
}

const (
	flavor = "Metadata-Flavor"
	google = "Google"
	root   = "/computeMetadata/v1/"
)

// Handler serves the instance that a request is from; false refuses it. The
// response is of its request alone: nothing is kept.
func Handler(from func(*http.Request) (Instance, bool)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(flavor, google)
		w.Header().Set("Server", "Metadata Server for VM")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			refuse(w, http.StatusMethodNotAllowed, "The metadata server is read only here.")
			return
		// A page, or a proxy that was talked into it, does not send the one, or
		// does send the other.
		case r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Origin") != "":
			refuse(w, http.StatusForbidden, "Requests that were forwarded, or are of web pages, are refused.")
			return
		case r.URL.Path != "/" && r.Header.Get(flavor) != google:
			refuse(w, http.StatusForbidden, "Missing required header \"Metadata-Flavor\": \"Google\".")
			return
		}
		i, ok := from(r)
		if !ok {
			refuse(w, http.StatusForbidden, "Only the steps of builds are told something.")
			return
		}
		i.serve(w, r)
	})
}

// refuse answers an error as the real one does, which some clients look at.
func refuse(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(code)
	fmt.Fprintf(w, "<!DOCTYPE html><html lang=en><title>Error %d (%s)!!1</title><p>%s\n", code, http.StatusText(code), text)
}

// serve answers one request of the instance's own.
func (i Instance) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" { // by which clients tell that there is a metadata server
		text(w, "computeMetadata/\n")
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, root)
	if !ok {
		refuse(w, http.StatusNotFound, "The requested URL was not found.")
		return
	}
	if account, rest, ok := strings.Cut(strings.TrimPrefix(path, accounts), "/"); ok && strings.HasPrefix(path, accounts) && (rest == "token" || rest == "identity") {
		i.credential(w, r, account, rest)
		return
	}
	value, ok := find(i.tree(), strings.TrimSuffix(path, "/"))
	if !ok {
		refuse(w, http.StatusNotFound, "The requested URL was not found.")
		return
	}
	q := r.URL.Query()
	if folder, is := value.(map[string]any); is && q.Get("recursive") != "true" {
		text(w, listing(folder))
		return
	}
	if q.Get("recursive") == "true" || q.Get("alt") == "json" {
		asJSON(w, value)
		return
	}
	text(w, fmt.Sprint(plain(value)))
}

const accounts = "instance/service-accounts/"

// credential answers with a token of the account.
func (i Instance) credential(w http.ResponseWriter, r *http.Request, account, kind string) {
	if account != "default" && account != i.Account {
		refuse(w, http.StatusNotFound, "The requested URL was not found.")
		return
	}
	q := r.URL.Query()
	if kind == "token" {
		token, life := i.Token()
		asJSON(w, map[string]any{"access_token": token, "expires_in": int(life.Seconds()), "token_type": "Bearer"})
		return
	}
	audience := q.Get("audience")
	if audience == "" {
		refuse(w, http.StatusBadRequest, "non-empty audience parameter required")
		return
	}
	token, err := i.Identity(audience)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "The token could not be made.")
		return
	}
	text(w, token)
}

// tree is all but the tokens, as recursive answers have it.
func (i Instance) tree() map[string]any {
	account := map[string]any{"aliases": []string{"default"}, "email": i.Account, "scopes": []string{Scope}}
	return map[string]any{
		"instance": map[string]any{
			"attributes": map[string]any{}, "id": json.Number(i.ID), "name": "build-" + i.ID, "hostname": "build-" + i.ID + ".c." + i.Project + ".internal",
			"region": "projects/" + i.Number + "/regions/" + i.Region, "zone": "projects/" + i.Number + "/zones/" + i.Region + "-b",
			"service-accounts": map[string]any{"default": account, i.Account: account},
		},
		"project":  map[string]any{"attributes": map[string]any{}, "project-id": i.Project, "numeric-project-id": json.Number(i.Number)},
		"universe": map[string]any{"universe-domain": "googleapis.com"},
	}
}

// find walks down a tree.
func find(tree map[string]any, path string) (any, bool) {
	if path == "" {
		return tree, true
	}
	name, rest, more := strings.Cut(path, "/")
	value, ok := tree[name]
	if folder, is := value.(map[string]any); is && more {
		return find(folder, rest)
	}
	return value, ok && !more
}

// listing is a folder's names, those of folders with a slash.
func listing(folder map[string]any) string {
	var names []string
	for name, value := range folder {
		if _, is := value.(map[string]any); is {
			name += "/"
		}
		names = append(names, name)
	}
	if _, is := folder["email"]; is { // an account's
		names = append(names, "identity", "token")
	}
	slices.Sort(names)
	return strings.Join(names, "\n") + "\n"
}

// plain is a value as a line, or several.
func plain(value any) any {
	if list, is := value.([]string); is {
		return strings.Join(list, "\n") + "\n"
	}
	return value
}

func text(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/text")
	_, _ = w.Write([]byte(body)) // who does not want it any more has gone
}

func asJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
