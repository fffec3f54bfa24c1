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

// identity are the claims of an identity token that count here.
type identity struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// Identity makes a JSON web token that says to an audience who an account is. It is
// signed with a secret, as nobody but the emulators reads it.
func (t Tokens) Identity(email, audience string, until time.Time) (string, error) {
	body, err := json.Marshal(identity{"https://accounts.google.com", audience, email, true, t.Now().Unix(), until.Unix()})
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT","kid":"gcpdeploy"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	return signed + "." + mac("id token:"+t.Secret, signed), nil
}

// Identified is the e-mail address in an identity token that is good for one of some
// audiences.
func (t Tokens) Identified(token string, audiences []string) (email string, ok bool) {
	at := max(strings.LastIndexByte(token, '.'), 0)
	if signed := token[:at]; !hmac.Equal([]byte("."+mac("id token:"+t.Secret, signed)), []byte(token[at:])) {
		return "", false
	}
	_, body, _ := strings.Cut(token[:at], ".")
	data, err := base64.RawURLEncoding.DecodeString(body)
	var who identity
	if err != nil || json.Unmarshal(data, &who) != nil {
		return "", false
	}
	return who.Email, slices.Contains(audiences, who.Audience) && t.Now().Unix() < who.Expires
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

func (t Tokens) sign(body string) string { return mac(t.Secret, body) }

func mac(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	_, _ = h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
