// Package credential finds the user names and passwords with which package
// indexes are asked: where pip looks for them (URLs, PIP_INDEX_URL, netrc), in a
// variable of ours, and from a command. It gives them as one netrc text, the form
// that everything in a build reads. It runs beside the flow: keys, plans and
// archives are made without it, and only a build that asks an index needs it.
package credential

import (
	"log/slog"
	"strings"
)

// Secret is a text that prints as ****, whoever prints it.
type Secret string

const masked = "****"

// String hides the text.
func (Secret) String() string { return masked }

// GoString hides the text.
func (Secret) GoString() string { return masked }

// MarshalText hides the text from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// LogValue hides the text from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// Login is what a host is asked with. A Login without a password is a user name
// that wants one, or a token that needs none.
type Login struct {
	Host     string // without a port: a netrc file knows none
	User     Secret // some indexes take a token for it
	Password Secret
	From     string // where it was found: "requirements.txt:3", "PIP_INDEX_URL"
}

// Set is the logins of a build, one for each host, by host.
type Set []Login

// Mask hides the passwords, and the tokens among the user names, in a text that
// others wrote.
func (s Set) Mask(text string) string {
	for _, l := range s {
		secret := string(l.Password)
		if secret == noPassword {
			secret = string(l.User)
		}
		if len(secret) >= leastMasked {
			text = strings.ReplaceAll(text, secret, masked)
		}
	}
	return text
}

// leastMasked keeps a short password from turning half of a log into stars.
const leastMasked = 6

// BareHost is a host in small letters without its port.
func BareHost(host string) string {
	host = strings.ToLower(host)
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}
