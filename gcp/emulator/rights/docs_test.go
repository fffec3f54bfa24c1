package rights_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
)

const docsHead = `# Identities and rights on the emulators

The emulators know who calls. Their own token, which ` + "`up --local`" + ` and ` + "`gcpdeploy local env`" + ` use, is the owner's: it may do
everything. Builds call as their service account, Cloud Run pulls images as its service agent, and secrets are read as the account of
the build or of the service.

What those may do is checked with ` + "`gcpdeploy local start --enforce-iam`" + `. So is what other identities may do, for which
` + "`gcpdeploy local token`" + ` makes a token that is good for an hour:

` + "```console" + `
$ gcpdeploy local start --enforce-iam
$ eval "$(gcpdeploy local env)"
$ gcloud projects add-iam-policy-binding local --member=user:ada@example.com --role=roles/run.viewer
$ gcpdeploy local token --as user:ada@example.com > ada.token
$ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=ada.token gcloud builds list --region local
ERROR: (gcloud.builds.list) PERMISSION_DENIED: The caller does not have permission
` + "```" + `

A policy of a bucket, repository, service, secret or service account adds to that of its project. Conditions, custom roles, groups'
members and organisations are not emulated. A role of a service that is not in the list below may be granted, and grants nothing here; one
that begins as those below do and is none of them is refused, as Google refuses what is no role.

## The predefined roles

With those of their permissions that something here asks for, and some beside them.

| role | permissions |
|---|---|
`

// TestDocs writes the roles down: go test ./gcp/emulator/rights -run TestDocs -update.
func TestDocs(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(docsHead)
	for _, r := range rights.Roles() {
		byService := map[string]int{}
		var order []string
		for _, p := range r.Permissions {
			service := p[:strings.LastIndexByte(p, '.')]
			if byService[service]++; byService[service] == 1 {
				order = append(order, service)
			}
		}
		var cells []string
		for _, service := range order {
			var verbs []string
			for _, p := range r.Permissions {
				if verb, ok := strings.CutPrefix(p, service+"."); ok && !strings.Contains(verb, ".") {
					verbs = append(verbs, verb)
				}
			}
			if len(verbs) == 1 {
				cells = append(cells, service+"."+verbs[0])
			} else {
				cells = append(cells, service+".{"+strings.Join(verbs, ",")+"}")
			}
		}
		fmt.Fprintf(&b, "| %s | %s |\n", r.Name, strings.Join(cells, " "))
	}
	golden.Equal(t, []byte(b.String()), "../../../docs/emulated-roles.md")
}
