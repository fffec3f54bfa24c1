package link

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

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
		end := strings.IndexFunc(after, func(r rune) bool { return strings.ContainsRune("/?#\"'", r) || pep508.IsSpace(r) })
		if end < 0 {
			end = len(after)
		}
		netloc := after[:end]
		if at := strings.LastIndexByte(netloc, '@'); at >= 0 && HasSecret(netloc[:at]) && !IsAddress(scheme, netloc[:at]) {
			netloc = netloc[at+1:]
		}
		b.WriteString(before + "://" + netloc)
		text = after[end:]
	}
}
