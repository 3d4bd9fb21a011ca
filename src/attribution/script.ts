/**
 * `/lastclick.js`, for sites that the tracker does not stand in front of. It fills `referral_token` fields and Stripe's payment links, those
 * that come later too, once there is something to fill and only where there is a token. Plain old JavaScript: it is served as it stands.
 */
export const LASTCLICK_JS = String.raw`(function () {
  'use strict';
  var me = document.currentScript || document.querySelector('script[src*="/lastclick.js"]');
  var base = new URL(me.src).origin;
  var TARGETS = 'input[name="referral_token"],a[href^="https://buy.stripe.com/"],a[data-lastclick],stripe-buy-button,stripe-pricing-table';
  var token = null, asked = false, pending, waiting;

  var mark = /([?&])lastclick_pending=([^&]*)&?/, found = mark.exec(location.search);
  if (found) {
    pending = found[2];
    var rest = location.search.replace(mark, '$1').replace(/[?&]$/, '');
    history.replaceState(history.state, '', location.pathname + rest + location.hash);
  }

  function fill(target) {
    if (target.tagName === 'INPUT') {
      if (!target.value) target.value = token;
    } else if (target.tagName === 'A') {
      var url = new URL(target.href);
      if (url.searchParams.has('client_reference_id')) return;
      url.searchParams.set('client_reference_id', token);
      target.href = url.href;
    } else if (!target.hasAttribute('client-reference-id')) {
      target.setAttribute('client-reference-id', token);
    }
  }

  function scan() {
    waiting = 0;
    var targets = document.querySelectorAll(TARGETS);
    if (token) targets.forEach(fill);
    else if (targets.length && !asked) ask('/token');
  }

  function ask(path, method, body) {
    asked = true;
    return fetch(base + path, { method: method || 'GET', credentials: 'include', body: body }).then(function (answer) {
      return answer.status === 200 ? answer.json() : {};
    }).then(function (said) {
      token = said.referral_token || null;
      if (token) scan();
      return token;
    }, function () { return null; });
  }

  window.lastclick = {
    agree: function () {
      return ask('/consent', 'POST', JSON.stringify(pending ? { pending: pending } : {}));
    },
    withdraw: function () {
      document.querySelectorAll('input[name="referral_token"]').forEach(function (field) {
        if (field.value === token) field.value = '';
      });
      return ask('/consent', 'DELETE');
    }
  };

  function start() {
    scan();
    new MutationObserver(function () {
      waiting = waiting || setTimeout(scan, 30);
    }).observe(document.documentElement, { childList: true, subtree: true });
    document.addEventListener('submit', scan, true);
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
`;
