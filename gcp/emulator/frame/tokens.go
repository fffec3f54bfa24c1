package frame

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Tokens makes and reads the tokens of identities. They hold what they say, signed
// with what only the emulators' owner can read, so nothing is kept of them.
type Tokens struct {
	Secret string // the owner's token
	Now    func() time.Time
}

// Access makes a token of a member (user:ada@example.com) for calls to APIs.
func (t Tokens) Access(member string, until time.Time) string {
	return "ya29." + t.pack(map[string]any{"member": member, "exp": until.Unix()})
}

// Member is whose an access token is, and whether it has expired; "" if it is none.
func (t Tokens) Member(token string) (member string, expired bool) {
	body, ok := strings.CutPrefix(token, "ya29.")
	if !ok {
		return "", false
	}
	var c struct {
		Member string `json:"member"`
		Exp    int64  `json:"exp"`
	}
	if !t.unpack(body, &c) {
		return "", false
	}
	return c.Member, t.Now().Unix() >= c.Exp
}

// Identity makes a JSON web token that says to an audience who an account is. It is
// signed with a secret, as nobody but the emulators reads it.
func (t Tokens) Identity(email, audience string, until time.Time) string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	return head + "." + t.pack(map[string]any{"iss": "https://accounts.google.com", "aud": audience, "email": email,
		"email_verified": true, "iat": t.Now().Unix(), "exp": until.Unix()})
}

// Bearer is the e-mail and the audience of an identity token; ok is whether it is
// one, and still good.
func (t Tokens) Bearer(token string) (email, audience string, ok bool) {
	_, body, _ := strings.Cut(token, ".")
	var c struct {
		Email string `json:"email"`
		Aud   string `json:"aud"`
		Exp   int64  `json:"exp"`
	}
	if !t.unpack(body, &c) || c.Email == "" || t.Now().Unix() >= c.Exp {
		return "", "", false
	}
	return c.Email, c.Aud, true
}

func (t Tokens) pack(claims map[string]any) string {
	data, err := json.Marshal(claims)
	if err != nil {
		data = nil
	}
	body := base64.RawURLEncoding.EncodeToString(data)
	return body + "." + t.sign(body)
}

func (t Tokens) unpack(text string, claims any) bool {
	body, sum, _ := strings.Cut(text, ".")
	data, err := base64.RawURLEncoding.DecodeString(body)
	return hmac.Equal([]byte(sum), []byte(t.sign(body))) && err == nil && json.Unmarshal(data, claims) == nil
}

func (t Tokens) sign(body string) string {
	h := hmac.New(sha256.New, []byte(t.Secret))
	_, _ = h.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
