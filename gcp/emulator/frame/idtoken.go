package frame

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Identity tokens have the form of Google's: a JWT that says who, and to whom. They
// are signed with a key that is made of the emulators' own token.

// idLife is how long an identity token is good for.
const idLife = time.Hour

// issuer is Google's, so that what reads it finds what it expects.
const issuer = "https://accounts.google.com"

type claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// IDToken makes the identity token of an e-mail address for an audience. token is
// that of the emulators: Frame.Token.
func IDToken(token, email, audience string, now time.Time) string {
	header, _ := json.Marshal(map[string]string{"alg": "HS256", "typ": "JWT", "kid": "gcpdeploy"}) // neither fails: texts
	body, _ := json.Marshal(claims{issuer, audience, email, true, now.Unix(), now.Add(idLife).Unix()})
	signed := encode(header) + "." + encode(body)
	return signed + "." + encode(sign(token, signed))
}

// ReadIDToken gives the e-mail address of an identity token that IDToken made for
// one of some audiences, and that has not expired.
func ReadIDToken(token, jwt string, audiences []string, now time.Time) (email string, ok bool) {
	at := strings.LastIndexByte(jwt, '.')
	if at < 0 {
		return "", false
	}
	signature, err := base64.RawURLEncoding.DecodeString(jwt[at+1:])
	if err != nil || !hmac.Equal(signature, sign(token, jwt[:at])) {
		return "", false
	}
	_, body, _ := strings.Cut(jwt[:at], ".")
	data, err := base64.RawURLEncoding.DecodeString(body)
	var c claims
	if err != nil || json.Unmarshal(data, &c) != nil {
		return "", false
	}
	return c.Email, slices.Contains(audiences, c.Audience) && now.Unix() < c.Expires
}

func sign(token, text string) []byte {
	h := hmac.New(sha256.New, []byte("id token:"+token))
	h.Write([]byte(text))
	return h.Sum(nil)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
