package lockfile

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// pipfileHash is what Pipenv's hash of this Pipfile would be.
func pipfileHash(data []byte) (sum string, ok bool, err error) {
	var all map[string]any
	if err := decodeTOML("Pipfile", data, &all); err != nil {
		return "", false, err
	}
	or := func(v any) any {
		if v == nil {
			return map[string]any{}
		}
		return v
	}
	if all["source"] == nil { // what Pipenv takes for granted
		if all == nil {
			all = map[string]any{}
		}
		all["source"] = []any{map[string]any{"name": "pypi", "url": closure.DefaultIndex, "verify_ssl": true}}
	}
	out := map[string]any{
		"_meta":   map[string]any{"sources": all["source"], "requires": or(all["requires"])},
		"default": or(all["packages"]), "develop": or(all["dev-packages"]),
	}
	for category, values := range all {
		switch category {
		case "source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv", "default", "develop":
		default:
			out[category] = values
		}
	}
	text, ok := pythonJSON(out, ",", ":")
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:]), ok, nil
}
