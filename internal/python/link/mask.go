package link

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

const stars = "****"

// Mask hides passwords and tokens in every URL of a text, as pip does:
// user:****@host, or ****@host. A lone user of an ssh URL is an address, and
// ${NAME} is no secret: both stay. Where it is not clear what the login is, all
// that may be it goes.
func Mask(text string) string {
	return replace(text, logins(text, false), func(l login, user string) string {
		if name, _, ok := strings.Cut(user, ":"); ok && l.clear {
			return name + ":" + stars
		}
		return stars
	})
}

// MaskWidth hides the same in a line of a file, and keeps every byte after it in
// its column.
func MaskWidth(line string) string {
	return replace(line, logins(line, true), func(_ login, user string) string { return strings.Repeat("*", len(user)) })
}

func replace(text string, all []login, with func(login, string) string) string {
	var b strings.Builder
	at := 0
	for _, l := range all {
		b.WriteString(text[at:l.from] + with(l, text[l.from:l.to]))
		at = l.to
	}
	return b.String() + text[at:]
}

// isSecret says whether a URL's userinfo must not be shown.
func isSecret(scheme, user string) bool {
	return user != "" && !IsAddress(scheme, user) && !isPlaceholder(user)
}

// IsAddress says whether the user in a URL belongs to the address, like the git@
// of ssh.
func IsAddress(scheme, user string) bool {
	return strings.HasSuffix(strings.ToLower(scheme), "ssh") && !strings.Contains(user, ":")
}

// isPlaceholder says whether all of it is unset variables.
func isPlaceholder(user string) bool {
	for user != "" {
		if i, j, ok := Variable(user); ok && i == 0 {
			user = user[j:]
		} else if user[0] == ':' {
			user = user[1:]
		} else {
			return false
		}
	}
	return true
}

func isSchemeByte(c byte) bool { return pep508.IsAlnum(c) || c == '+' || c == '-' || c == '.' }

// HasSecret says whether the secret of a URL's userinfo stands there itself: the
// password, or the user that has none, which is a token.
func HasSecret(user string) bool {
	secret := user
	if _, password, ok := strings.Cut(user, ":"); ok {
		secret = password
	}
	return !isPlaceholder(secret)
}
