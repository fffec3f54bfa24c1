package testindex

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// Private lets nobody see an index who does not know the login; a password that ends
// with a * is known by what comes before.
func Private(index http.Handler, user, password string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, p, ok := r.BasicAuth()
		if start, open := strings.CutSuffix(password, "*"); open && strings.HasPrefix(p, start) {
			p = password
		}
		if !ok || subtle.ConstantTimeCompare([]byte(u+":"+p), []byte(user+":"+password)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="index"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		index.ServeHTTP(w, r)
	})
}
