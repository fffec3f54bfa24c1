package link

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Mask hides passwords and tokens in every URL of a text, as pip does:
// user:****@host, or ****@host. A lone user of an ssh URL is an address, and
// ${NAME} is no secret: both stay.
func Mask(text string) string {
	return eachUserinfo(text, func(user string) string {
		if name, _, ok := strings.Cut(user, ":"); ok {
			return name + ":****"
		}
		return "****"
	})
}

// MaskWidth hides the same and keeps every byte after it in its column.
func MaskWidth(text string) string {
	return eachUserinfo(text, func(user string) string { return strings.Repeat("*", len(user)) })
}

// eachUserinfo replaces what stands before the @ of each URL's host.
func eachUserinfo(text string, replace func(string) string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, "://")
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		j := i
		for j > 0 && isSchemeByte(text[j-1]) {
			j--
		}
		scheme := text[j:i]
		i += len("://")
		b.WriteString(text[:i])
		text = text[i:]
		end := strings.IndexFunc(text, func(r rune) bool { return r == '/' || r == '?' || r == '#' || pep508.IsSpace(r) })
		if end < 0 {
			end = len(text)
		}
		if at := strings.LastIndexByte(text[:end], '@'); at >= 0 {
			if user := text[:at]; isSecret(scheme, user) {
				b.WriteString(replace(user))
			} else {
				b.WriteString(user)
			}
			text = text[at:]
		}
	}
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
	_, _, isVariable := Variable(secret)
	return secret != "" && !isVariable
}
