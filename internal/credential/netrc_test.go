package credential

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzNetrc: any text is read without harm, and what is written is read as it was.
func FuzzNetrc(f *testing.F) {
	for _, s := range []string{
		"machine h login u password p", "default login u password p", "machine h\nmacdef x\nlogin\n\nlogin u", `machine "h\" i" password "`,
		"# machine x\nmachine", "machine h user u account a password p#q machine H:80 login v password w", "macdef", "\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var set Set
		for _, l := range parseNetrc(text, "x") {
			if l.Host != "" {
				set = append(set, l)
			}
		}
		written, err := set.Netrc()
		if err != nil {
			return
		}
		if diff := cmp.Diff(set, Set(parseNetrc(string(written), "x")), cmp.Transformer("plain", func(s Secret) string { return string(s) })); diff != "" && len(set) > 0 {
			t.Error(diff)
		}
	})
}
