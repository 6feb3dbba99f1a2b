<?php
/**
 * The card: its state, what there is to know, and what may be done.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

use Theme_License\V1\Options_Page\Card_State;

defined( 'ABSPATH' ) || exit;

$done    = $this->done();
$focuses = ! $this->card->asks_for_key && Card_State::OFFLINE !== $this->card->state;
?>
<section class="theme-license-card" aria-labelledby="theme-license-title">
	<header>
		<h2 id="theme-license-title"><?php $this->tell( 'Theme license' ); ?></h2>
		<span class="theme-license-badge is-<?php echo esc_attr( $this->card->badge_kind ); ?>"><?php $this->put( 'icon' ); ?> <?php $this->say( $this->card->badge_word ); ?></span>
	</header>

	<?php if ( null !== $done ) : ?>
	<p class="theme-license-message is-done" role="status" tabindex="-1" autofocus><?php $this->tell( $done ); ?></p>
	<?php endif; ?>
	<?php if ( null !== $this->card->error ) : ?>
	<p class="theme-license-message is-error" role="alert" id="theme-license-error"<?php echo $focuses ? ' tabindex="-1" autofocus' : ''; ?>><?php $this->say( $this->card->error ); ?></p>
	<?php endif; ?>
	<?php if ( null !== $this->card->warning ) : ?>
	<p class="theme-license-message is-warning" role="<?php echo $this->card->warns_after_click ? 'alert' : 'status'; ?>"><?php $this->say( $this->card->warning ); ?></p>
	<?php endif; ?>
	<?php if ( null !== $this->card->explanation ) : ?>
	<p><?php $this->say( $this->card->explanation ); ?></p>
	<?php endif; ?>
	<?php if ( null !== $this->card->reason ) : ?>
	<p class="theme-license-reason"><?php $this->say( $this->card->reason ); ?></p>
	<?php endif; ?>

	<?php if ( array() !== $this->card->facts ) : ?>
	<dl>
		<?php foreach ( $this->card->facts as list( $name, $value ) ) : ?>
		<div><dt><?php $this->say( $name ); ?></dt><dd><?php $this->say( $value ); ?></dd></div>
		<?php endforeach; ?>
	</dl>
	<?php endif; ?>

	<?php if ( null !== $this->card->details ) : ?>
	<details<?php echo null === $this->request->other_domain ? '' : ' open'; ?>>
		<summary><?php $this->tell( 'Details for your host' ); ?></summary>
		<?php $this->copied( 'theme-license-details', 'Send this to the support of your host:', $this->card->details, 6 ); ?>
	</details>
	<?php endif; ?>

	<?php
	if ( $this->request->is_confirming && $this->card->can_deactivate ) {
		$this->put( 'confirm' );
	} elseif ( Card_State::OFFLINE === $this->card->state ) {
		$this->put( 'offline' );
	} else {
		$this->put( 'key-form' );
		$this->put( 'upkeep' );
	}
	?>
</section>
