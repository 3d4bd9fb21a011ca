// Made by `npm run paypal:types` (openapi-typescript) from contracts/paypal_payouts.json. Do not edit.
// Payouts 1.9, SHA-256 36cc4507dfadf3269931973a2cacd493705f25cf2870db3167f6d5187e4dff74

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    alternate_notification_method: {
      phone?: components['schemas']['phone'];
    };
    application_context: {
      social_feed_privacy?: string;
      /**
       * Format: uri
       * @deprecated
       */
      holler_url?: string;
      /** Format: uri */
      logo_url?: string;
    };
    /** @enum {string} */
    batch_enum: 'DENIED' | 'PENDING' | 'PROCESSING' | 'SUCCESS' | 'CANCELED';
    create_payout_request: {
      sender_batch_header: components['schemas']['sender_batch_header'];
      items: components['schemas']['payout_item'][];
    };
    currency: {
      currency: string;
      value: string;
    };
    error: {
      name: string;
      message: string;
      debug_id: string;
      readonly information_link?: string;
      details?: components['schemas']['error_details-2'][];
      readonly links?: components['schemas']['link_description'][];
    };
    'error_details-2': {
      field?: string;
      value?: string;
      location?: string;
      issue: string;
      description?: string;
    };
    /** @enum {string} */
    funding_source: 'BALANCE';
    /** Format: ppaas_common_language_v3 */
    language: string;
    link_description: {
      href: string;
      rel: string;
      /** @enum {string} */
      method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'CONNECT' | 'OPTIONS' | 'PATCH';
    };
    name: {
      prefix?: string;
      given_name?: string;
      surname?: string;
      middle_name?: string;
      suffix?: string;
      alternate_full_name?: string;
      full_name?: string;
    };
    payout: {
      batch_header?: components['schemas']['payout_header'];
      readonly links?: components['schemas']['link_description'][];
    };
    payout_batch: {
      total_items?: number;
      total_pages?: number;
      batch_header?: components['schemas']['payout_batch_header'];
      items?: components['schemas']['payout_batch_items'][];
      readonly links?: components['schemas']['link_description'][];
    };
    payout_batch_header: {
      payout_batch_id: string;
      batch_status: components['schemas']['batch_enum'];
      /** Format: date-time */
      time_created?: string;
      /** Format: date-time */
      time_completed?: string;
      /** Format: date-time */
      time_closed?: string;
      sender_batch_header: components['schemas']['payout_sender_batch_header'];
      funding_source?: components['schemas']['funding_source'];
      amount?: components['schemas']['currency'];
      fees?: components['schemas']['currency'];
    };
    payout_batch_items: {
      payout_item_id: string;
      transaction_id?: string;
      activity_id?: string;
      transaction_status?: components['schemas']['transaction_enum'];
      payout_item_fee?: components['schemas']['currency'];
      payout_batch_id: string;
      payout_item: components['schemas']['payout_item_detail'];
      currency_conversion?: components['schemas']['payout_currency_conversion'];
      /** Format: date-time */
      time_processed?: string;
      errors?: components['schemas']['error'];
      readonly links?: components['schemas']['link_description'][];
    };
    payout_currency_conversion: {
      from_amount?: components['schemas']['currency'];
      to_amount?: components['schemas']['currency'];
      exchange_rate?: string;
    };
    payout_header: {
      payout_batch_id: string;
      batch_status: components['schemas']['batch_enum'];
      /** Format: date-time */
      time_created?: string;
      sender_batch_header: components['schemas']['payout_sender_batch_header'];
    };
    payout_item: {
      recipient_type?: string;
      amount: components['schemas']['currency'];
      note?: string;
      receiver: string;
      sender_item_id?: string;
      recipient_wallet?: string;
      alternate_notification_method?: components['schemas']['alternate_notification_method'];
      notification_language?: components['schemas']['language'];
      application_context?: components['schemas']['application_context'];
      purpose?: components['schemas']['purpose_enum'];
    };
    'payout_item-2': {
      payout_item_id: string;
      transaction_id?: string;
      activity_id?: string;
      transaction_status?: components['schemas']['transaction_enum'];
      payout_item_fee?: components['schemas']['currency'];
      payout_batch_id: string;
      sender_batch_id?: string;
      payout_item: components['schemas']['payout_item_detail'];
      currency_conversion?: components['schemas']['payout_currency_conversion'];
      /** Format: date-time */
      time_processed?: string;
      errors?: components['schemas']['error'];
      readonly links?: components['schemas']['link_description'][];
    };
    payout_item_detail: {
      recipient_type?: components['schemas']['recipient_enum'];
      amount: components['schemas']['currency'];
      note?: string;
      receiver: string;
      sender_item_id?: string;
      recipient_name?: components['schemas']['name'];
      recipient_wallet?: components['schemas']['recipient_wallet_enum'];
      purpose?: components['schemas']['purpose_enum'];
    };
    payout_sender_batch_header: {
      sender_batch_id?: string;
      recipient_type?: components['schemas']['recipient_enum'];
      email_subject?: string;
      email_message?: string;
    };
    phone: {
      country_code: string;
      national_number: string;
      extension_number?: string;
    };
    /** @enum {string} */
    purpose_enum:
      | 'AWARDS'
      | 'PRIZES'
      | 'DONATIONS'
      | 'GOODS'
      | 'SERVICES'
      | 'REBATES'
      | 'CASHBACK'
      | 'DISCOUNTS'
      | 'NON_GOODS_OR_SERVICES';
    /** @enum {string} */
    recipient_enum: 'EMAIL' | 'PHONE' | 'PAYPAL_ID';
    /** @enum {string} */
    recipient_wallet_enum: 'PAYPAL' | 'VENMO' | 'RECIPIENT_SELECTED';
    sender_batch_header: {
      sender_batch_id?: string;
      recipient_type?: string;
      email_subject?: string;
      email_message?: string;
      note?: string;
    };
    /** @enum {string} */
    transaction_enum:
      | 'SUCCESS'
      | 'FAILED'
      | 'PENDING'
      | 'UNCLAIMED'
      | 'RETURNED'
      | 'ONHOLD'
      | 'BLOCKED'
      | 'REFUNDED'
      | 'REVERSED';
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
