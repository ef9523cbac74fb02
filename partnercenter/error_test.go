package partnercenter_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// sentinels are all that an answer can match.
var sentinels = []error{
	partnercenter.ErrUnauthorized, partnercenter.ErrMFARequired, partnercenter.ErrSignInAgain, partnercenter.ErrConsentRequired,
	partnercenter.ErrConditionalAccess, partnercenter.ErrAppOnlyNotSupported, partnercenter.ErrForbidden, partnercenter.ErrThrottled,
	partnercenter.ErrTransient, partnercenter.ErrNotSupported, partnercenter.ErrBusy, partnercenter.ErrStaleETag,
	partnercenter.ErrPrecondition, partnercenter.ErrNotFound, partnercenter.ErrNoRelationship, partnercenter.ErrValidation,
	partnercenter.ErrDuplicateAgreement, partnercenter.ErrWindowClosed, partnercenter.ErrNotCancellable, partnercenter.ErrTerminalState,
	partnercenter.ErrAgreementMissing, partnercenter.ErrPartnerAgreementMissing, partnercenter.ErrAccountLocked,
	partnercenter.ErrProgramInactive, partnercenter.ErrLimitReached, partnercenter.ErrForeignHost, partnercenter.ErrMissingCredential,
	partnercenter.ErrUnexpectedAnswer,
}

// TestClassification is the table of the error classes: the code first, then
// the HTTP status. A code is tried with a status that would say otherwise.
func TestClassification(t *testing.T) {
	const any = 418 // validation, if the status had to tell
	type row struct {
		want    error
		status  int
		codes   string // empty: no body
		message string
	}
	rows := []row{
		{want: partnercenter.ErrUnauthorized, status: 401},
		{want: partnercenter.ErrUnauthorized, status: any, codes: "900420 800001"},
		{want: partnercenter.ErrUnauthorized, status: 401, codes: "400"},
		{want: partnercenter.ErrConditionalAccess, status: any, codes: "900309 90000"},
		{want: partnercenter.ErrAppOnlyNotSupported, status: any, codes: "900329 900316"},
		{want: partnercenter.ErrForbidden, status: any, codes: "900308 900150 1002 2032"},
		{want: partnercenter.ErrForbidden, status: 403},
		{want: partnercenter.ErrForbidden, status: 403, codes: "77777"},
		{want: partnercenter.ErrThrottled, status: 429},
		{want: partnercenter.ErrThrottled, status: 429, codes: "20000 2055"},
		{want: partnercenter.ErrTransient, status: 408},
		{want: partnercenter.ErrTransient, status: 500},
		{want: partnercenter.ErrTransient, status: 502},
		{want: partnercenter.ErrTransient, status: 503},
		{want: partnercenter.ErrTransient, status: 504},
		{want: partnercenter.ErrTransient, status: any, codes: "800003 900192 800094 800005"},
		{want: partnercenter.ErrNotSupported, status: 405},
		{want: partnercenter.ErrNotSupported, status: 501},
		{want: partnercenter.ErrNotSupported, status: any, codes: "900127 900141 800042 900263 900321"},
		{want: partnercenter.ErrNotSupported, status: 403, codes: "900263"},
		{want: partnercenter.ErrBusy, status: 409},
		{want: partnercenter.ErrBusy, status: any, codes: "900278 800014 800060 800064 800082 800072"},
		{want: partnercenter.ErrStaleETag, status: 400, codes: "2055"},
		{want: partnercenter.ErrStaleETag, status: 412},
		{want: partnercenter.ErrPrecondition, status: 417},
		{want: partnercenter.ErrPrecondition, status: any, codes: "800036 900115 27009"},
		{want: partnercenter.ErrPrecondition, status: 409, codes: "27009"},
		{want: partnercenter.ErrNotFound, status: 404},
		{want: partnercenter.ErrNotFound, status: any, codes: "1000 20000 20003 60003 800111 800037 800007"},
		{want: partnercenter.ErrNoRelationship, status: any, codes: "20002 900159"},
		{want: partnercenter.ErrNoRelationship, status: 404, codes: "60003"},
		{want: partnercenter.ErrNoRelationship, status: 400, codes: "3000", message: "The relationship with the customer does not exist."},
		{want: partnercenter.ErrValidation, status: 400},
		{want: partnercenter.ErrValidation, status: 403, codes: "800002 3000 900118 900126 600002 600049 600050 600051"},
		{want: partnercenter.ErrValidation, status: 400, codes: "3000", message: "The property is not valid."},
		{want: partnercenter.ErrValidation, status: 400, codes: "2006"},
		{want: partnercenter.ErrDuplicateAgreement, status: any, codes: "600061"},
		{want: partnercenter.ErrWindowClosed, status: any, codes: "900117 900213 900214 900257 800090"},
		{want: partnercenter.ErrNotCancellable, status: any, codes: "800061 800063 800077 800019"},
		{want: partnercenter.ErrTerminalState, status: any, codes: "2011 900277 900279 900280 800040 800091 800096"},
		{want: partnercenter.ErrAgreementMissing, status: any, codes: "13605"},
		{want: partnercenter.ErrPartnerAgreementMissing, status: any, codes: "900123 900124"},
		{want: partnercenter.ErrAccountLocked, status: any, codes: "800073 800074 800075 900416 800069"},
		{want: partnercenter.ErrProgramInactive, status: any, codes: "800039 900149"},
		{want: partnercenter.ErrProgramInactive, status: 403, codes: "2006"},
		{want: partnercenter.ErrLimitReached, status: any, codes: "900311 900419 800066 800067 800068 800088 800089 800018"},
	}
	for _, r := range rows {
		bodies := map[string]string{}
		for code := range strings.FieldsSeq(r.codes) {
			bodies[code+" as a number"] = `{"code":` + code + `,"description":` + strconv.Quote(r.message) + `}`
			bodies[code+" as a string"] = `{"Code":"` + code + `","Description":` + strconv.Quote(r.message) + `}`
		}
		if r.codes == "" {
			bodies["no body"] = ""
		}
		for name, body := range bodies {
			checkClass(t, strconv.Itoa(r.status)+" "+name, partnercenter.DecodeError(r.status, "", nil, []byte(body)), r.want)
		}
	}
}

// checkClass wants err to match want and nothing else; 60003 has two classes.
func checkClass(t *testing.T, name string, err *partnercenter.Error, want error) {
	t.Helper()
	for _, s := range sentinels {
		both := err.Code == "60003" && (s == partnercenter.ErrNoRelationship || s == partnercenter.ErrNotFound)
		if got := errors.Is(err, s); got != (s == want || both) {
			t.Errorf("%s: errors.Is(%v, %v) = %t; want it to match %v alone", name, err, s, got, want)
		}
	}
}

func TestClassificationOfTheSignInServicesAnswers(t *testing.T) {
	tests := []struct {
		want  error
		codes string
	}{
		{partnercenter.ErrMFARequired, "50076 50079 50078 50158 50072 50074"},
		{partnercenter.ErrSignInAgain, "700082 70008 50173 70043"},
		{partnercenter.ErrConsentRequired, "65001"},
		{partnercenter.ErrConditionalAccess, "53000 53001 53002 53003"},
	}
	for _, tt := range tests {
		for code := range strings.FieldsSeq(tt.codes) {
			for name, body := range map[string]string{
				"list":        `{"error":"invalid_grant","error_description":"text","error_codes":[` + code + `]}`,
				"description": `{"error":"invalid_grant","error_description":"AADSTS` + code + `: text"}`,
			} {
				err := partnercenter.DecodeError(400, "", nil, []byte(body))
				checkClass(t, code+" in the "+name, err, tt.want)
				if err.Code != "AADSTS"+code || err.Name != "invalid_grant" {
					t.Errorf("Code, Name = %q, %q, want AADSTS%s, invalid_grant", err.Code, err.Name, code)
				}
			}
		}
	}
	for _, word := range []string{"invalid_client", "unauthorized_client"} {
		checkClass(t, word, partnercenter.DecodeError(400, "", nil, []byte(`{"error":"`+word+`"}`)), partnercenter.ErrUnauthorized)
	}
}

func TestErrorShapes(t *testing.T) {
	tests := []struct {
		name, reason, body string
		status             int
		header             http.Header
		want               partnercenter.Error
		class              error
	}{
		{
			name: "1 classic", status: 403, body: `{"code":20002,"description":"No relationship between caller and account.","data":[],"source":"PartnerFD"}`,
			want:  partnercenter.Error{Status: 403, Code: "20002", Message: "No relationship between caller and account."},
			class: partnercenter.ErrNoRelationship,
		},
		{
			name: "2 commerce", status: 400,
			body:  `{"code":600061,"message":"m","description":"A duplicate.","errorName":"Duplicate","isRetryable":false,"parameters":{},"errorMessageExtended":"InternalErrorCode=600061"}`,
			want:  partnercenter.Error{Status: 400, Code: "600061", Name: "Duplicate", Message: "A duplicate."},
			class: partnercenter.ErrDuplicateAgreement,
		},
		{
			name: "2 in Pascal case", status: 400, body: `{"Code":"600061","Description":"A duplicate.","ErrorName":"Duplicate"}`,
			want:  partnercenter.Error{Status: 400, Code: "600061", Name: "Duplicate", Message: "A duplicate."},
			class: partnercenter.ErrDuplicateAgreement,
		},
		{
			name: "2 with an error of null", status: 403, body: `{"error":null,"code":20002,"description":"d"}`,
			want:  partnercenter.Error{Status: 403, Code: "20002", Message: "d"},
			class: partnercenter.ErrNoRelationship,
		},
		{
			name: "2 with the status in words", status: 404, body: `{"status":404,"error":"Not Found","code":20000,"message":"d"}`,
			want:  partnercenter.Error{Status: 404, Code: "20000", Message: "d"},
			class: partnercenter.ErrNotFound,
		},
		{
			name: "3 gateway", status: 429, body: `{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}`,
			want:  partnercenter.Error{Status: 429, Code: "429", Message: "Rate limit is exceeded. Try again in 57 seconds.", RetryAfter: 57e9},
			class: partnercenter.ErrThrottled,
		},
		{
			name: "4 MFA", status: 401, reason: "401 Unauthorized - MFA required",
			header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}},
			want:   partnercenter.Error{Status: 401}, class: partnercenter.ErrMFARequired,
		},
		{
			name: "4 MFA said in a header", status: 401, header: http.Header{"Www-Authenticate": {`Bearer error_description="MFA required"`}},
			want: partnercenter.Error{Status: 401}, class: partnercenter.ErrMFARequired,
		},
		{name: "5 empty", status: 404, want: partnercenter.Error{Status: 404}, class: partnercenter.ErrNotFound},
		{
			name: "6 Graph", status: 403, body: `{"error":{"code":"Authorization_RequestDenied","message":"No.","innerError":{"date":"2024-01-01"}}}`,
			want:  partnercenter.Error{Status: 403, Code: "Authorization_RequestDenied", Message: "No."},
			class: partnercenter.ErrForbidden,
		},
		{
			name: "7 Entra", status: 400,
			body: `{"error":"invalid_grant","error_description":"AADSTS50076: Due to …","error_codes":[50076],"timestamp":"2024-01-01 00:00:00Z",` +
				`"trace_id":"x","correlation_id":"y","error_uri":"https://login.microsoftonline.com/error?code=50076","suberror":"basic_action","claims":"{}"}`,
			want:  partnercenter.Error{Status: 400, Code: "AADSTS50076", Name: "invalid_grant"},
			class: partnercenter.ErrMFARequired,
		},
		{name: "8 HTML", status: 502, body: "<html><body>Bad gateway</body></html>", want: partnercenter.Error{Status: 502}, class: partnercenter.ErrTransient},
		{name: "8 plain text", status: 404, body: "Not here", want: partnercenter.Error{Status: 404}, class: partnercenter.ErrNotFound},
		{name: "8 a JSON array", status: 400, body: `["no"]`, want: partnercenter.Error{Status: 400}, class: partnercenter.ErrValidation},
		{name: "8 broken JSON", status: 409, body: `{"code":1`, want: partnercenter.Error{Status: 409}, class: partnercenter.ErrBusy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := partnercenter.DecodeError(tt.status, tt.reason, tt.header, []byte(tt.body))
			if diff := cmp.Diff(&tt.want, got, cmpopts.IgnoreUnexported(partnercenter.Error{})); diff != "" {
				t.Errorf("decoded error (-want +got):\n%s", diff)
			}
			checkClass(t, tt.name, got, tt.class)
		})
	}
}

func TestTheServicesOwnWordDecidesForUnknownCodes(t *testing.T) {
	tests := []struct {
		status int
		body   string
		want   error
	}{
		{400, `{"code":999999,"isRetryable":true}`, partnercenter.ErrTransient},
		{500, `{"code":999999,"isRetryable":false}`, partnercenter.ErrValidation},
		{409, `{"code":999999,"isRetryable":false}`, partnercenter.ErrBusy},
		{400, `{"code":900117,"isRetryable":true}`, partnercenter.ErrWindowClosed},
		{500, `{"code":800003,"isRetryable":false}`, partnercenter.ErrTransient},
		{403, `{"code":2006,"isRetryable":true}`, partnercenter.ErrProgramInactive},
		{401, `{"code":999999,"isRetryable":true}`, partnercenter.ErrUnauthorized},
		{429, `{"code":999999,"isRetryable":false}`, partnercenter.ErrThrottled},
	}
	for _, tt := range tests {
		checkClass(t, tt.body, partnercenter.DecodeError(tt.status, "", nil, []byte(tt.body)), tt.want)
	}
}

func TestRetryAfterForms(t *testing.T) {
	const gateway = `{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}`
	tests := []struct {
		name, header, body string
		status             int
		want               float64 // seconds
	}{
		{"seconds", "12", "", 429, 12},
		{"seconds before the text", "12", gateway, 429, 12},
		{"text", "", gateway, 429, 57},
		{"text of another status", "", gateway, 400, 0},
		{"nonsense, then text", "soon", gateway, 429, 57},
		{"a date that has passed", "Mon, 02 Jan 2006 15:04:05 GMT", "", 503, 0},
		{"negative", "-5", "", 429, 0},
		{"not a number", "NaN", "", 429, 0},
		{"infinite", "Inf", "", 429, 0},
		{"absurd", "1e300", "", 429, 0},
		{"none", "", "", 503, 0},
	}
	for _, tt := range tests {
		got := partnercenter.DecodeError(tt.status, "", http.Header{"Retry-After": {tt.header}}, []byte(tt.body))
		if got.RetryAfter.Seconds() != tt.want {
			t.Errorf("%s: RetryAfter = %v, want %vs", tt.name, got.RetryAfter, tt.want)
		}
	}
}

func TestErrorTextIsOneLineOfWhatSupportAsksFor(t *testing.T) {
	ids := []partnercenter.CallOption{
		partnercenter.RequestID("11111111-2222-4333-8444-555555555555"), partnercenter.CorrelationID("66666666-2222-4333-8444-555555555555"),
	}
	tests := []struct {
		name    string
		request partnercenter.Request
		answer  answer
		want    string // without the ids
	}{
		{"the service's own words", write, says(400, `{"code":900117,"description":"The window\r\n of 7 days\tpassed."}`),
			"removing the relationship: 400 900117: The window of 7 days passed."},
		{"what to do, where there are none", write, says(502, "<html>x</html>"),
			"removing the relationship: 502: whether it was done is not known: a passing failure: try again later"},
		{"what to do beside them, where a person has to act", write, says(403, `{"code":900308,"description":"Access denied."}`),
			"removing the relationship: 403 900308: Access denied: a role or privilege is missing: assign what the operation needs to the user who signed in or to the app, such as the role Admin agent"},
		{"the same of a sign-in", write, says(401, `{"code":401,"description":"MFA required."}`),
			"removing the relationship: 401 401: MFA required: multi-factor authentication is missing: sign in again with multi-factor authentication and store the new refresh token"},
		{"a write that waits for its turn", write, says(429, ""),
			"removing the relationship: 429: too many requests: try again later"},
		{"a write that may have been done", write, fails(io.EOF),
			"removing the relationship: whether it was done is not known: no complete answer: EOF"},
		{"a read without an answer", read, fails(io.EOF), "listing customers: no complete answer: EOF"},
	}
	for _, tt := range tests {
		_, err := newClient(t, play(tt.answer), once).Send(t.Context(), tt.request.With(ids...))
		want := tt.want + " (request 11111111-2222-4333-8444-555555555555, correlation 66666666-2222-4333-8444-555555555555)"
		if err == nil || err.Error() != want {
			t.Errorf("%s: error = %v\nwant    %s", tt.name, err, want)
		}
	}
}

// Microsoft support asks for these, too, and they are at the end of a long text.
func TestErrorTextHasTheIDsOfTheSignInServiceWhole(t *testing.T) {
	refused := &auth.Error{
		Status: 400, Code: "invalid_grant", AADSTS: 53003, Suberror: "protection_policy_required",
		TraceID: "77777777-2222-4333-8444-555555555555", CorrelationID: "88888888-2222-4333-8444-555555555555",
	}
	client, err := partnercenter.New(auth.Credentials{AppUser: &tokens{err: refused}}, partnercenter.WithTransport(play(says(200, "{}"))))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Send(t.Context(), write)
	if !errors.Is(err, partnercenter.ErrConditionalAccess) || !strings.Contains(err.Error(), refused.TraceID) || !strings.Contains(err.Error(), refused.CorrelationID) {
		t.Errorf("error = %v, want one that matches ErrConditionalAccess and has both ids of the sign-in service", err)
	}
}

func FuzzDecodeError(f *testing.F) {
	for _, seed := range []string{
		`{"code":20002,"description":"No relationship between caller and account.","data":[],"source":"PartnerFD"}`,
		`{"code":600061,"message":"m","description":"d","errorName":"n","isRetryable":false,"parameters":{},"errorMessageExtended":"InternalErrorCode=600061"}`,
		`{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds. JWT"}`,
		``, `{"error":{"code":"JWT","message":"JWT","innerError":{"code":"x"}}}`,
		`{"error":"invalid_grant","error_description":"AADSTS50076: JWT","error_codes":["JWT"],"suberror":"JWT","claims":"JWT"}`,
		`<html>JWT</html>`, "\xef\xbb\xbf{}", `{"error":{"error":{"error":1}}}`, `{"code":"a\u0000\u2028b","errorName":"JWT","message":"see https://x/?t=JWT"}`,
		`{"code":"JWT","errorName":"foo@JWT","message":"aJWTa"}`,
	} {
		f.Add(400, "401 Unauthorized - MFA required", "Bearer JWT", "57", seed)
	}
	f.Fuzz(func(t *testing.T, status int, reason, authenticate, after, body string) {
		token := userToken
		header := http.Header{"Www-Authenticate": {authenticate}, "Retry-After": {after}}
		err := partnercenter.DecodeError(status, strings.ReplaceAll(reason, "JWT", token), header, []byte(strings.ReplaceAll(body, "JWT", token)))
		text := err.Error()
		if err.Status != status || err.RetryAfter < 0 {
			t.Errorf("Status = %d, RetryAfter = %v, want %d and no negative wait", err.Status, err.RetryAfter, status)
		}
		if len(text) > 700 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text, "\u2028\u2029") {
			t.Errorf("Error() = %q: want a short line of text", text)
		}
		for _, s := range []string{text, err.Code, err.Name, err.Message} {
			if strings.Contains(s, token) || strings.Contains(s, strings.Split(token, ".")[1]) {
				t.Errorf("%q shows the token", s)
			}
		}
	})
}
