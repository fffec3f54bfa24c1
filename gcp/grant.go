package gcp

import (
	"errors"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// lack is a right that a call was refused for; its fields may be empty.
type lack struct{ permission, resource, account string }

// What servers say where they send no details: Cloud Storage, registries and APIs of
// services, Cloud Build, in this order.
var (
	noAccess = regexp.MustCompile(`^(\S+@\S+) does not have ([a-zA-Z]+\.[a-zA-Z.]+) access`)
	isDenied = regexp.MustCompile(`[Pp]ermission ["']([a-zA-Z]+\.[a-zA-Z.]+)["'] denied(?: on (?:resource|service account) ["']?([^"' ]+))?`)
	noActAs  = regexp.MustCompile(`caller does not have permission to act as service account (\S+[\w])`)
)

// lackOf is what an error says that lacks, or the call's first right.
func lackOf(err error, d details, as rights.Identity) (l lack) {
	c, _ := errors.AsType[*called](err)
	if c != nil {
		l.resource = c.resource
	}
	text := remote{err}.Error()
	noted := isDenied.FindStringSubmatch(text)
	switch {
	case d.metadata["permission"] != "":
		l.permission = d.metadata["permission"]
		if r := d.metadata["resource"]; r != "" {
			l.resource = r
		}
	case noActAs.MatchString(text):
		l.permission, l.resource = "iam.serviceAccounts.actAs", noActAs.FindStringSubmatch(text)[1]
	case noAccess.MatchString(text):
		m := noAccess.FindStringSubmatch(text)
		l.account, l.permission = m[1], m[2]
	case noted != nil:
		l.permission = noted[1]
		if noted[2] != "" && noted[2] != "(or" {
			l.resource = noted[2]
		}
	case c != nil:
		for _, r := range rights.ForCall(as, c.call) {
			if l.permission == "" {
				l.permission = r.Permission
			}
		}
	}
	if strings.EqualFold(l.permission, "iam.serviceAccounts.actAs") && !strings.Contains(l.resource, "/") {
		l.resource = "serviceAccounts/" + l.resource
	}
	return l
}

// grant is the hint for what lacks: the role, on what, to whom, and the command.
func (l lack) grant(by caller) string {
	r, known := rights.Find(by.as, l.permission)
	what := l.permission
	if known {
		what = r.Role + " (for " + l.permission + ")"
	}
	to := by.name
	member := by.member
	if l.account != "" {
		to, member = l.account, memberOf(l.account)
	}
	on := grantable(l.resource, known && r.On == rights.Project)
	hint := "Grant " + what
	if on.words != "" {
		hint += " on " + on.words
	}
	hint += " to " + to
	if !known || on.command == "" {
		return hint + "."
	}
	return hint + ": `gcloud " + on.command + " --member=" + member + " --role=" + r.Role + "`."
}

// granted is what a role can be granted on: in words, and the command that does.
type granted struct{ words, command string }

// grantable finds in a resource's full name what a role can be granted on: the
// project, where it has to be that, else the smallest there is.
func grantable(name string, project bool) granted {
	if _, rest, ok := strings.Cut(name, "googleapis.com/"); ok {
		name = rest
	}
	at := map[string]string{}
	parts := strings.Split(strings.Trim(name, "/"), "/")
	for i := 0; i+1 < len(parts); i += 2 {
		at[parts[i]] = parts[i+1]
	}
	if at["apps"] != "" { // an application is named as its project is
		at["projects"] = at["apps"]
	}
	p := ""
	if at["projects"] != "" && at["projects"] != "_" && at["projects"] != "-" {
		p = " --project=" + at["projects"]
	}
	switch {
	case project:
	case at["repositories"] != "":
		return granted{"the repository " + at["repositories"], "artifacts repositories add-iam-policy-binding " + at["repositories"] + " --location=" + at["locations"] + p}
	case at["buckets"] != "":
		return granted{"the bucket " + at["buckets"], "storage buckets add-iam-policy-binding gs://" + at["buckets"]}
	case at["serviceAccounts"] != "":
		return granted{"the service account " + at["serviceAccounts"], "iam service-accounts add-iam-policy-binding " + at["serviceAccounts"] + p}
	case at["topics"] != "":
		return granted{"the topic " + at["topics"], "pubsub topics add-iam-policy-binding " + at["topics"] + p}
	case at["secrets"] != "":
		return granted{"the secret " + at["secrets"], "secrets add-iam-policy-binding " + at["secrets"] + p}
	}
	if p == "" {
		return granted{words: name}
	}
	return granted{"the project " + at["projects"], "projects add-iam-policy-binding " + at["projects"] + " --condition=None"}
}

// caller is who makes calls, for messages.
type caller struct {
	as           rights.Identity
	name, member string
	kind         string // of the credentials
	from         string
}

// somebody is the caller where it is not known.
var somebody = caller{as: rights.Person, name: "the account that you use", member: "user:YOU"}

// ofBuilds is a build and its steps.
func ofBuilds(account string) caller {
	if account == "" {
		return caller{as: rights.Builds, name: "the account that builds run as", member: "serviceAccount:BUILDS_ACCOUNT"}
	}
	return caller{as: rights.Builds, name: account, member: memberOf(account)}
}

// caller is who makes this Access's calls.
func (a *Access) caller() caller {
	if a.As == rights.Builds {
		return ofBuilds(a.Account)
	}
	by := somebody
	if id, err := a.Identity(); err == nil {
		by.kind, by.from = id.Kind, id.From
		if id.Email != "" {
			by.name, by.member = id.Email, memberOf(id.Email)
		}
	}
	return by
}

// Caller is who makes this Access's calls, in words.
func (a *Access) Caller() string { return a.caller().name }

// memberOf is an account as policies name it.
func memberOf(email string) string {
	if strings.HasSuffix(email, ".gserviceaccount.com") {
		return "serviceAccount:" + email
	}
	return "user:" + email
}

// Lacks is the hint for a right that an account of one of the identities lacks on a
// resource, told otherwise than by an error of a call; account "" = it is not known.
func Lacks(as rights.Identity, account, permission, resource string) string {
	by := ofBuilds("")
	if as != rights.Builds {
		by = caller{as: as, name: "the account that the service runs as", member: "serviceAccount:ACCOUNT"}
	}
	return lack{permission, resource, account}.grant(by)
}
