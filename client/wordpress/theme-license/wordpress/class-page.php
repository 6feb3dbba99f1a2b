<?php
/**
 * What does the owner's browser get under Appearance → Theme License?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Checker;
use Theme_License\V1\Offline;
use Theme_License\V1\Options_Page\Actions;
use Theme_License\V1\Options_Page\Catalog;
use Theme_License\V1\Options_Page\Done;
use Theme_License\V1\Options_Page\Failure;
use Theme_License\V1\Options_Page\Request;
use Theme_License\V1\Options_Page\Template;
use Theme_License\V1\Server_Refused;
use Theme_License\V1\Theme_License_Error;

defined( 'ABSPATH' ) || exit;

/**
 * The page of one product: its card, and the answers to its forms. WordPress lets in only who may edit theme options.
 */
final class Page {

	private const SLUG   = 'theme-license';
	private const ASSETS = __DIR__ . '/../assets';
	private const FIELDS = array( 'license_key', 'replaces', 'public_name', 'answer' );

	private Theme $theme;

	public function __construct( Theme $theme ) {
		$this->theme = $theme;
	}

	/**
	 * Return the page's name in its address: the first product of the site has the plain one.
	 */
	public function slug(): string {
		$themes = Themes::all();
		return reset( $themes ) === $this->theme ? self::SLUG : self::SLUG . "-{$this->theme->product}";
	}

	/**
	 * Return the page's address.
	 *
	 * @param array<string, string> $query
	 */
	public function address( array $query = array() ): string {
		return admin_url( 'themes.php?' . http_build_query( array( 'page' => $this->slug() ) + $query, '', '&' ) );
	}

	/**
	 * Return what the nonce of the page's forms is for.
	 */
	public function nonce_action(): string {
		return "theme_license_{$this->theme->product}";
	}

	/**
	 * Take an answer that came back from the vendor's portal, before anything is printed: what proves it is the nonce that
	 * waits in the user's meta. Otherwise bring the page's style and script.
	 */
	public function prepare(): void {
		$returned = self::text( $_GET, Offline::ANSWER_MEMBER ); // phpcs:ignore WordPress.Security.NonceVerification.Recommended
		if ( null !== $returned ) {
			$this->lead_on( array(), static fn( Actions $actions ): Done => $actions->take_returned( $returned ) );
			exit;
		}
		wp_register_style( self::SLUG, false, array(), false ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
		wp_add_inline_style( self::SLUG, (string) file_get_contents( self::ASSETS . '/theme-license.css' ) );
		wp_enqueue_style( self::SLUG );
		wp_register_script( self::SLUG, false, array(), false, true ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
		wp_add_inline_script( self::SLUG, (string) file_get_contents( self::ASSETS . '/theme-license.js' ) );
		wp_enqueue_script( self::SLUG );
	}

	/**
	 * Print the page.
	 */
	public function show(): void {
		$checker = $this->theme->checker();
		( new Template( $this->theme->name, Catalog::of_user(), $checker, $this->request(), $this->pending( $checker )->all() ) )->show();
	}

	/**
	 * Do what a form says, and lead the browser on. The nonce was checked.
	 */
	public function take_form(): void {
		$form = array();
		foreach ( self::FIELDS as $name ) {
			$form[ $name ] = self::text( $_POST, $name ) ?? ''; // phpcs:ignore WordPress.Security.NonceVerification.Missing
		}
		$do = self::text( $_POST, 'do' ) ?? ''; // phpcs:ignore WordPress.Security.NonceVerification.Missing
		$this->lead_on( $form, static fn( Actions $actions ): Done => $actions->act( $do ), 'answer' === $do );
	}

	/**
	 * Do one thing and send the browser to what came of it, so that nothing is sent twice by loading a page anew.
	 *
	 * @param array<string, string>   $form
	 * @param callable(Actions): Done $act
	 */
	private function lead_on( array $form, callable $act, bool $is_offline_step = false ): void {
		$checker = $this->theme->checker();
		$pending = $this->pending( $checker );
		$actions = new Actions( $checker, $pending->all(), $form, $this->address() );
		if ( null !== Home::other_domain( $checker->configuration->domain ) ) {
			self::redirect( $this->address() );
			return;
		}
		try {
			$done = $this->theme->change( static fn(): Done => $act( $actions ) );
			if ( null !== $done->asked ) {
				$pending->add( $done->asked );
			}
			if ( null !== $done->answered ) {
				$pending->remove( $done->answered );
			}
			self::redirect( $done->address ?? $this->address( $done->query ) );
		} catch ( Theme_License_Error $error ) {
			( new Last_Failure( $this->theme->product, get_current_user_id() ) )->keep( Failure::of( $error ), $is_offline_step, self::public_name( $actions ) );
			self::redirect( $this->address( array( 'failed' => '1' ) ) );
		}
	}

	/**
	 * Send the browser to a page of the dashboard, which may have a host of its own, or to the server that the theme names.
	 */
	private static function redirect( string $address ): void {
		wp_redirect( $address, 303 ); // phpcs:ignore WordPress.Security.SafeRedirect.wp_redirect_wp_redirect
	}

	private function pending( Checker $checker ): Pending_Requests {
		return new Pending_Requests( $this->theme->product, get_current_user_id(), $checker->now() );
	}

	private function request(): Request {
		// phpcs:disable WordPress.Security.NonceVerification.Recommended -- These only choose what is shown.
		$request                  = new Request();
		$request->address         = $this->address();
		$request->hidden_fields   = array(
			'action'   => Admin::ACTION,
			'product'  => $this->theme->product,
			'_wpnonce' => wp_create_nonce( $this->nonce_action() ),
		);
		$request->is_offline_step = 'offline' === self::text( $_GET, 'step' );
		$request->wants_key       = 'key' === self::text( $_GET, 'step' );
		$request->is_confirming   = 'deactivate' === self::text( $_GET, 'confirm' );
		$request->done            = self::text( $_GET, 'done' ) ?? '';
		$request->other_domain    = Home::other_domain( $this->theme->checker()->configuration->domain );
		if ( null !== self::text( $_GET, 'failed' ) ) {
			( new Last_Failure( $this->theme->product, get_current_user_id() ) )->tell( $request );
		}
		// phpcs:enable
		return $request;
	}

	private static function public_name( Actions $actions ): ?string {
		try {
			$domain = $actions->public_name();
		} catch ( Server_Refused $error ) {
			return null;
		}
		return null === $domain ? null : $domain->name;
	}

	/**
	 * Return what a member of a request holds, as it was sent; null where it is missing or no text.
	 *
	 * @param array<string, mixed> $members
	 */
	private static function text( array $members, string $name ): ?string {
		return is_string( $members[ $name ] ?? null ) ? wp_unslash( $members[ $name ] ) : null;
	}
}
