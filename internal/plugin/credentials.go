package plugin

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// holders are the variables that may hold credentials, the stronger first: settings,
// then secrets by the names that other plugins gave them.
var holders = []string{
	Prefix + "TOKEN", Prefix + "CREDENTIALS", Prefix + "GAE_CREDENTIALS",
	"TOKEN", "GAE_CREDENTIALS", "GOOGLE_CREDENTIALS",
}

// credentials finds the content of a key file. Nothing but a setting must be one:
// the other variables may be anybody's.
func (r *reader) credentials() error {
	for _, name := range holders {
		text, _ := r.Lookup(name)
		if text == "" {
			continue
		}
		key, ok := keyOf(text)
		switch {
		case ok:
			r.call.Key, r.call.KeyFrom = key, name
			return nil
		case strings.HasPrefix(name, Prefix):
			return Refuse(strings.TrimPrefix(name, Prefix), "Give it the content of a service account's key file as it is, or in base64.", "holds no key")
		}
		r.warn(name + " holds no key of a service account, and is not used")
	}
	return nil
}

// keyOf is the JSON of credentials, which a text may be as it is or in base64.
func keyOf(text string) ([]byte, bool) {
	if is(text) {
		return []byte(text), true
	}
	packed := strings.Map(func(c rune) rune {
		if strings.ContainsRune(" \t\r\n", c) {
			return -1
		}
		return c
	}, text)
	packed = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(packed), "=")
	plain, err := base64.RawStdEncoding.DecodeString(packed)
	if err != nil || !is(string(plain)) {
		return nil, false
	}
	return plain, true
}

// is says whether a text is JSON of credentials, of whichever kind.
func is(text string) bool {
	var file struct {
		Type string `json:"type"`
	}
	return json.Unmarshal([]byte(text), &file) == nil && file.Type != ""
}

// secrets are the values that nothing may show: keys with all that is in them, and
// what the app's variables are.
func (r *reader) secrets() {
	add := func(text string) {
		const least = 6 // a shorter one is everywhere
		if len(text) >= least {
			r.call.Secrets = append(r.call.Secrets, text)
		}
	}
	for _, name := range holders {
		text, _ := r.Lookup(name)
		add(text)
	}
	var key map[string]any
	_ = json.Unmarshal(r.call.Key, &key) // it is one
	for _, field := range []string{"private_key", "private_key_id", "client_secret", "refresh_token"} {
		if text, ok := key[field].(string); ok {
			add(text)
		}
	}
	for _, name := range r.Names {
		if setting, ok := strings.CutPrefix(strings.ToLower(name), strings.ToLower(Prefix)); ok &&
			slices.ContainsFunc(r.each(), func(p string) bool { return strings.HasPrefix(setting, p) }) {
			text, _ := r.Lookup(name)
			add(text)
		}
	}
	slices.SortFunc(r.call.Secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
}
