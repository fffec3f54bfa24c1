package requirements

import "strings"

// mask hides passwords and tokens in every URL of a text, as pip does:
// user:****@host, or ****@host. A lone user of an ssh URL is an address, and
// ${NAME} is no secret: both stay.
func mask(text string) string {
	return eachUserinfo(text, func(user string) string {
		if name, _, ok := strings.Cut(user, ":"); ok {
			return name + ":****"
		}
		return "****"
	})
}

// maskWidth hides the same and keeps every byte after it in its column.
func maskWidth(text string) string {
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
		end := strings.IndexFunc(text, func(r rune) bool { return r == '/' || r == '?' || r == '#' || isSpace(r) })
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
	return user != "" && !isAddress(scheme, user) && !isPlaceholder(user)
}

// isAddress: the user of an ssh URL belongs to the address, like git@.
func isAddress(scheme, user string) bool {
	return strings.HasSuffix(strings.ToLower(scheme), "ssh") && !strings.Contains(user, ":")
}

// isPlaceholder says whether all of it is unset variables.
func isPlaceholder(user string) bool {
	for user != "" {
		if i, j, ok := variable(user); ok && i == 0 {
			user = user[j:]
		} else if user[0] == ':' {
			user = user[1:]
		} else {
			return false
		}
	}
	return true
}

func isSchemeByte(c byte) bool { return isAlnum(c) || c == '+' || c == '-' || c == '.' }

// secretIn says whether the secret of a URL's userinfo stands there itself: the
// password, or the user that has none, which is a token.
func secretIn(user string) bool {
	secret := user
	if _, password, ok := strings.Cut(user, ":"); ok {
		secret = password
	}
	_, _, isVariable := variable(secret)
	return secret != "" && !isVariable
}

// Strip takes the secrets out of the URLs of a file of requirements, with the user
// they belong to, and leaves all else as it is: lines, variables, the addresses of
// ssh. It is for the copy of a file that leaves the machine.
func Strip(text string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(text, "://")
		if !ok {
			return b.String() + text
		}
		scheme := before[strings.LastIndexFunc(before, func(r rune) bool { return r > 127 || !isSchemeByte(byte(r)) })+1:]
		end := strings.IndexFunc(after, func(r rune) bool { return strings.ContainsRune("/?#\"'", r) || isSpace(r) })
		if end < 0 {
			end = len(after)
		}
		netloc := after[:end]
		if at := strings.LastIndexByte(netloc, '@'); at >= 0 && secretIn(netloc[:at]) && !isAddress(scheme, netloc[:at]) {
			netloc = netloc[at+1:]
		}
		b.WriteString(before + "://" + netloc)
		text = after[end:]
	}
}
