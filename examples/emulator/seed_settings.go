package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/cspkit/cspkit/partnercentertest"
)

// What these settings can be.
var (
	afterRemoval = []string{"", "20002", "none", "900159", "60003", "404"}
	statuses     = []string{"Pending", "Accepted", "Expired"}
)

// describeServer describes the settings of a server, and its resellers.
func describeServer(f *form, s *partnercentertest.Server) {
	f.object("settings", func(f *form) {
		f.object("delays", func(f *form) {
			f.lapse("subscription", &s.Delays.Subscription)
			f.lapse("relationship", &s.Delays.Relationship)
			f.lapse("azure", &s.Delays.Azure)
			f.lapse("order", &s.Delays.Order)
			f.lapse("gdap", &s.Delays.GDAP)
			f.lapse("delete", &s.Delays.Delete)
			f.lapse("audit", &s.Delays.Audit)
			f.lapse("agreement", &s.Delays.Agreement)
		})
		f.number("budget", &s.Budget)
		f.must("budget", s.Budget >= 0, "must not be below zero, but is %d", s.Budget)
		f.number("page_size", &s.PageSize)
		f.must("page_size", s.PageSize >= 0, "must not be below zero, but is %d", s.PageSize)
		f.lapse("token_life", &s.TokenLife)
		f.yes("sandbox", &s.Sandbox)
		f.object("removal_refusal", func(f *form) {
			f.number("status", &s.RemovalRefusal.Status)
			f.text("code", &s.RemovalRefusal.Code)
		})
		f.yes("suspended_blocks_removal", &s.SuspendedBlocksRemoval)
		f.yes("rotate_refresh_tokens", &s.RotateRefreshTokens)
		f.yes("strict_rotation", &s.StrictRotation)
		f.text("after_removal", &s.AfterRemoval)
		f.oneOf("after_removal", "", s.AfterRemoval, afterRemoval)
		f.yes("end_of_list_code", &s.EndOfListCode)
		f.yes("accept_202", &s.Accept202)
		f.yes("no_mfa", &s.NoMFA)
		f.yes("forget", &s.Forget)
		f.object("attestation", func(f *form) {
			f.yes("bare_id", &s.Attestation.BareID)
			f.yes("status_200", &s.Attestation.Status200)
			f.yes("no_expiry", &s.Attestation.NoExpiry)
			f.text("id_member", &s.Attestation.IDMember)
			f.text("status_member", &s.Attestation.StatusMember)
			anything(f, "status_words", "an object of strings", &s.Attestation.StatusWords, len(s.Attestation.StatusWords) == 0)
			for _, word := range slices.Sorted(maps.Keys(s.Attestation.StatusWords)) {
				f.oneOf("status_words", "status ", word, statuses)
			}
			f.text("status_path", &s.Attestation.StatusPath)
			path := s.Attestation.StatusPath
			f.must("status_path", path == "" || strings.HasPrefix(path, "/") && strings.Contains(path, "{id}"), "must be a path with {id} in it, not %.60q", path)
		})
		f.object("agreement", func(f *form) {
			f.yes("none_is_404", &s.Agreement.NoneIs404)
			f.yes("duplicate_400", &s.Agreement.Duplicate400)
		})
		f.lapse("delivery_pause", &s.DeliveryPause)
		f.yes("old_country_rules", &s.OldCountryRules)
		f.yes("no_consent", &s.NoConsent)
		f.yes("mfa_challenge", &s.MFAChallenge)
		f.yes("conditional_access", &s.ConditionalAccess)
		f.yes("secret_expired", &s.SecretExpired)
		f.text("sign_in_error", &s.SignInError)
		f.texts("graph_scopes", &s.GraphScopes)
		f.texts("redirect_uris", &s.RedirectURIs)
		f.span("clock_skew", &s.ClockSkew)
	})
	list(f, "resellers", &s.Resellers, func(f *form, r *partnercentertest.Reseller) {
		f.guid("id", &r.ID)
		f.text("name", &r.Name)
		f.text("mpn_id", &r.MPNID)
	})
}

func describeFault(f *form, v *partnercentertest.Fault) {
	operation := string(v.Operation)
	f.text("operation", &operation)
	v.Operation = partnercentertest.Operation(operation)
	f.text("subject", &v.Subject)
	f.text("method", &v.Method)
	f.text("path", &v.Path)
	f.number("times", &v.Times)
	f.number("after", &v.After)
	f.span("for", &v.For)
	f.number("status", &v.Status)
	f.text("code", &v.Code)
	f.text("description", &v.Description)
	f.text("retry_after", &v.RetryAfter)
	f.text("body", &v.Body)
	f.text("content_type", &v.ContentType)
	header := map[string][]string(v.Header)
	anything(f, "header", "an object of lists of strings", &header, len(header) == 0)
	v.Header = http.Header(header)
	f.yes("cut", &v.Cut)
	f.yes("cut_body", &v.CutBody)
	f.yes("drop", &v.Drop)
	f.span("delay", &v.Delay)
	f.yes("apply", &v.Apply)
	if !f.writing() {
		if err := v.Validate(); err != nil {
			f.problem("", "%v", err)
		}
	}
}
